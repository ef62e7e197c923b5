import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Receipt } from '../../shared/transfers/transfer.ts';
import { type Comparison, type Figure, inTurns } from './figures.ts';
import { type TimedRun, timedShell, versionOf } from './timed.ts';
import type { Workplace } from './workplace.ts';

const CHECK_BOTH = 'cd "$1"; find . -type f -print0 | sort -z | xargs -0 sha256sum > "$2.source"; cd "$2"; find . -type f -print0 | sort -z | xargs -0 sha256sum > "$2.copy"; cmp "$2.source" "$2.copy"; rm "$2.source" "$2.copy"';

/** A folder copied into the Local library and proven by reading back, against tools that copy and then compare. */
export async function compareStoring(place: Workplace, task: string, source: string): Promise<Comparison> {
  const withoutStart: number[] = [];
  const peer = (script: string) => ({
    run: async () => {
      const copy = join(place.root, 'copies', 'copy');
      return after(place, copy, () => timedShell(script, source, copy));
    },
  });
  const rclone = await versionOf('rclone', 'version');
  const figures = await inTurns(place.scale.repetitions, [
    {
      by: 'Holdfast, packaged CLI: upload',
      run: async (repetition) => {
        const name = `${source.slice(source.lastIndexOf('/') + 1)}-${repetition}`;
        return after(place, join(place.library, name), async () => {
          const run = await place.holdfast('upload', source, `Local library:/${name}`, '--level', '3');
          withoutStart.push(await secondsOf(place, name));
          return run;
        });
      },
    },
    ...(rclone === null ? [] : [{ by: 'rclone copy + rclone check --download', ...peer('rclone copy "$1" "$2"; rclone check --download "$1" "$2"') }]),
    { by: 'cp -r + sha256sum of both sides', ...peer(`cp -r "$1" "$2"; ${CHECK_BOTH}`) },
    { by: 'cp -r + sync + sha256sum of both sides', ...peer(`cp -r "$1" "$2"; sync -f "$2"; ${CHECK_BOTH}`) },
  ]);
  const [own, ...peers] = figures;
  const inside: Figure = { by: 'Holdfast without start and end: first to last receipt', values: withoutStart };
  return {
    task, unit: 's',
    figures: own === undefined ? peers : [own, inside, ...peers],
    notes: [
      rclone === null ? 'not measured: rclone is not installed' : `rclone: ${rclone}, its defaults`,
      'Holdfast syncs every file and folder to the disk and writes a durable receipt for each; rclone and cp leave that to the system, so the row with sync is nearest to the same promise.',
      'Sources and copies are on one disk; all read them from the system\'s cache.',
    ],
  };
}

/** Removes the copy and waits until the disk is quiet, so that nobody pays for the one before. */
async function after(place: Workplace, copy: string, action: () => Promise<TimedRun>): Promise<TimedRun> {
  const run = await action();
  await rm(copy, { recursive: true });
  await place.settle();
  return run;
}

/** From the start of the first transfer into that folder to the end of the last, as the receipts say. */
async function secondsOf(place: Workplace, folder: string): Promise<number> {
  const { stdout } = await place.holdfast('receipts', 'list');
  const receipts = stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Receipt).filter(({ destination }) => destination.uri.includes(`/${folder}/`));
  const [first = Number.NaN, last = Number.NaN] = [Math.min(...receipts.map(({ startedAt }) => Date.parse(startedAt))), Math.max(...receipts.map(({ finishedAt }) => Date.parse(finishedAt)))];
  return (last - first) / 1000;
}
