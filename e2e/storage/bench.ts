import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EVIDENCE_WORDS, evidenceLevel } from '../../shared/storage/evidence.ts';
import type { Receipt } from '../../shared/transfers/transfer.ts';
import { inTurns, median, number, printed } from '../bench/figures.ts';
import { type TimedRun, timed, versionOf } from '../bench/timed.ts';
import { makeFile } from '../harness/files.ts';
import { Holdfast, rowsOf } from './holdfast.ts';
import type { RcloneRemote, RunningTarget, StorageTarget } from './target.ts';
import { chosenTargets } from './chosen-targets.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);
const MIB = 1024 * 1024;

interface Load {
  readonly label: string;
  readonly folder: string;
}

interface Scale {
  readonly large: number;
  readonly small: number;
  readonly repetitions: number;
}

/** How rclone is run: as it comes, and with what its manual offers for many or large files. */
const RCLONE_TUNED = ['--transfers', '16', '--checkers', '16', '--buffer-size', '32M', '--multi-thread-streams', '0'];

/** Holdfast and rclone on the same servers in the same run, for large and small files, up and down. */
async function bench(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, large: { type: 'string', default: '1024' }, small: { type: 'string', default: '1000' }, repetitions: { type: 'string', default: '3' } } });
  const scale: Scale = { large: Number(values.large), small: Number(values.small), repetitions: Number(values.repetitions) };
  const { targets, missing } = chosenTargets(values.only);
  for (const why of missing) say(`not measured: ${why}`);
  say(`${(await versionOf('rclone', 'version')) ?? 'rclone is not installed'}; Holdfast at its default level and rclone with its default check.\n`);
  const root = await mkdtemp(join(tmpdir(), 'holdfast-storage-bench-'));
  try {
    const loads = await fill(root, scale);
    for (const target of targets) await benchTarget(root, target, loads, scale);
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function fill(root: string, { large, small }: Scale): Promise<readonly Load[]> {
  await makeFile(join(root, 'large', 'film.mov'), large * MIB);
  for (let index = 0; index < small; index++) await makeFile(join(root, 'small', `file-${index}`), 64 * 1024);
  return [
    { label: `1 x ${large} MiB`, folder: join(root, 'large') },
    { label: `${small} x 64 KiB`, folder: join(root, 'small') },
  ];
}

async function benchTarget(root: string, target: StorageTarget, loads: readonly Load[], { repetitions }: Scale): Promise<void> {
  const running = await target.start();
  const app = new Holdfast(join(root, `profile-${target.id}`));
  try {
    const added = await app.add('Target', running.address(running.port));
    if (added.code !== 0) throw new Error(added.stderr);
    const remote = running.rclone();
    for (const { label, folder } of loads) {
      for (const direction of ['up', 'down'] as const) {
        say(await compare({ root, app, running, remote, target, label, folder, direction, repetitions }));
      }
    }
  } catch (error) {
    say(`${target.title}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await running.stop();
    await rm(join(root, `profile-${target.id}`), { recursive: true, force: true });
  }
}

interface Comparing {
  readonly root: string;
  readonly app: Holdfast;
  readonly running: RunningTarget;
  readonly remote: RcloneRemote | null;
  readonly target: StorageTarget;
  readonly label: string;
  readonly folder: string;
  readonly direction: 'up' | 'down';
  readonly repetitions: number;
}

async function compare(comparing: Comparing): Promise<string> {
  const { app, remote, target, label, folder, direction, root, repetitions } = comparing;
  const name = folder.split('/').at(-1) ?? '';
  const levels = new Set<string>();
  const failures = new Set<string>();
  let turn = 0;
  const own = async (words: readonly string[]): Promise<TimedRun> => {
    const { program, args } = app.command(words);
    const ran = await timed(program, args, app.environment, [0, BELOW_MINIMUM]);
    for (const row of rowsOf(ran.stdout)) if (Array.isArray(row['evidence'])) levels.add(EVIDENCE_WORDS[evidenceLevel(row['evidence'] as unknown as Receipt['evidence']) ?? 0]);
    return ran;
  };
  const holdfast = async (): Promise<TimedRun> => {
    const there = `run-${turn++}`;
    if (direction === 'up') {
      await must(app.run(['mkdir', `Target:/${there}`]).catch(() => null));
      const ran = await own(['upload', folder, `Target:/${there}/`]);
      await app.run(['rm', '--recursive', `Target:/${there}`], 600_000);
      return ran;
    }
    const here = join(root, 'fetched', there);
    await mkdir(here, { recursive: true });
    const ran = await own(['download', `Target:/source/${name}`, here]);
    await rm(here, { recursive: true });
    return ran;
  };
  const rclone = (flags: readonly string[]) => async (): Promise<Pick<TimedRun, 'seconds' | 'cpuSeconds'>> => {
    if (remote === null) return { seconds: Number.NaN, cpuSeconds: Number.NaN };
    const there = `rclone-${turn++}`;
    const failed = (error: unknown): Pick<TimedRun, 'seconds' | 'cpuSeconds'> => {
      failures.add(lastLine(error));
      return { seconds: Number.NaN, cpuSeconds: Number.NaN };
    };
    if (direction === 'up') {
      const run = await timed('rclone', ['copy', folder, `${remote.remote}${there}`, ...(remote.flags ?? []), ...flags], remote.environment).catch(failed);
      await timed('rclone', ['purge', `${remote.remote}${there}`, ...(remote.flags ?? [])], remote.environment).catch(() => undefined);
      return run;
    }
    const here = join(root, 'fetched', there);
    await mkdir(here, { recursive: true });
    const run = await timed('rclone', ['copy', `${remote.remote}source/${name}`, here, ...(remote.flags ?? []), ...flags], remote.environment).catch(failed);
    await rm(here, { recursive: true });
    return run;
  };
  if (direction === 'down') await must(app.run(['upload', folder, 'Target:/source/', '--conflict', 'skip'], 600_000));
  const figures = await inTurns(repetitions, [
    { by: 'Holdfast', run: holdfast },
    ...(remote === null ? [] : [{ by: 'rclone, defaults', run: rclone([]) }, { by: 'rclone, tuned', run: rclone(RCLONE_TUNED) }]),
  ]);
  const [first, ...peers] = figures.map(({ by, values }) => ({ by, seconds: median(values) }));
  const ratio = peers.map(({ by, seconds }) => `${by} ${number(seconds / (first?.seconds ?? Number.NaN))} x`).join(', ');
  return printed({ task: `${target.title}: ${label} ${direction}`, unit: 's', figures, notes: [`Known by: ${[...levels].join(', ') || 'nothing'}. Holdfast is faster than: ${ratio || 'no peer'}.`, ...[...failures].map((why) => `rclone failed: ${why}`)] });
}

/** What a program that failed said last. */
function lastLine(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n').filter((line) => /ERROR|Failed/.test(line));
  return lines.at(-1) ?? 'it did not say why';
}

/** Exit code of a transfer that is known by less than the location asks for. */
const BELOW_MINIMUM = 4;

async function must<T extends { readonly code: number; readonly stderr: string } | null>(running: Promise<T>): Promise<T> {
  const ran = await running;
  if (ran !== null && ran.code !== 0 && ran.code !== BELOW_MINIMUM) throw new Error(ran.stderr);
  return ran;
}

await bench();
