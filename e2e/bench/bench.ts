import { mkdtemp, rm } from 'node:fs/promises';
import { arch, cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Aim, type Comparison, type Figure, median, number, printed } from './figures.ts';
import { compareHashing } from './hashing.ts';
import { compareStarting } from './starting.ts';
import { compareStoring } from './storing.ts';
import { versionOf } from './timed.ts';
import { type WindowUpload, uploadInWindow } from './window-upload.ts';
import { FULL, QUICK, Workplace, sizeText } from './workplace.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);
const MiB = 1024 * 1024;

/** All figures in one run, as a report in Markdown. Aims are printed, never enforced: a busy machine is not a fault of the program. */
async function bench(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, repetitions: { type: 'string' } } });
  const sizes = values.quick ? QUICK : FULL;
  const scale = { ...sizes, repetitions: Number(values.repetitions ?? sizes.repetitions) };
  const place = new Workplace(await mkdtemp(join(tmpdir(), 'holdfast-bench-')), scale);
  try {
    await describeMachine(place);
    await place.fill();
    const show = (comparison: Comparison) => {
      say(printed(comparison));
      return comparison;
    };
    const starting = show(await compareStarting(place));
    show(await compareHashing(place));
    const large = show(await compareStoring(place, `${sizeText(scale.large)} stored and proven`, place.large));
    const small = show(await compareStoring(place, `${scale.smallFiles} x ${sizeText(scale.smallSize)} stored and proven`, place.small));
    const [calm, first, second] = [
      await uploadInWindow(place, 'calm.bin', scale.large, 'stall'),
      await uploadInWindow(place, 'large.bin', scale.large, 'memory'),
      await uploadInWindow(place, 'huge.bin', scale.huge, 'memory'),
    ];
    say(windowTable(scale, calm, first, second));
    const [own, empty] = starting.figures;
    const start = ratio(own, empty);
    const growth = second.memory.peak / first.memory.peak;
    const rclone = (comparison: Comparison) => ratio(comparison.figures[0], comparison.figures.find(({ by }) => by.startsWith('rclone')));
    say(aimsTable([
      atMost('large file: at least as fast as rclone\'s two steps', rclone(large), 1),
      atMost('small files: at least as fast as rclone\'s two steps', rclone(small), 1),
      atMost(`memory flat: peak with ${sizeText(scale.huge)} / with ${sizeText(scale.large)} (flat: within 1.1)`, growth, 1.1),
      atMost('start within 1.5 of the empty window', start, 1.5),
      atMost('longest stall of the main loop under 10 ms', calm.stall.max, 10),
    ]));
    say(`Load average at the end: ${loadavg().map(number).join(' ')}`);
  } finally {
    await rm(place.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function describeMachine({ root }: Workplace): Promise<void> {
  const disk = await versionOf('stat', '-f', '-c', '%T', root);
  say(`${new Date().toISOString().slice(0, 16)}Z · ${cpus().length} x ${cpus()[0]?.model ?? '?'} · ${number(totalmem() / 1024 ** 3)} GiB · Linux ${release()} ${arch()} · ${disk ?? '?'}`);
  say(`Electron ${process.env['HOLDFAST_RUNTIME_VERSION'] ?? '?'} · Node ${process.version} · ${(await versionOf('sha256sum', '--version')) ?? 'no sha256sum'}`);
  say(`Load average before: ${loadavg().map(number).join(' ')} (other work on the machine makes every figure worse; look at the ranges)\n`);
}

function windowTable({ large, huge }: typeof FULL, calm: WindowUpload, first: WindowUpload, second: WindowUpload): string {
  const rows = [
    [`${sizeText(large)}, stall watched`, calm],
    [`${sizeText(large)}, memory watched`, first],
    [`${sizeText(huge)}, memory watched`, second],
  ] as const;
  return [
    '| Upload in the window, by a drop | s | PSS before, MiB | PSS peak, MiB | stall max, ms | stall p99, ms | idle process max, ms | p99, ms |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(([name, { seconds, memory, stall, control }]) => `| ${[name, ...[seconds, memory.before / MiB, memory.peak / MiB, stall.max, stall.p99, control.max, control.p99].map(number)].join(' | ')} |`),
    '',
    '- Memory is the sum of PSS of all processes of the app, every 200 ms; reading it stops the app for moments, so the stall is judged by the first row.',
    '- Stall: delay of a timer of 1 ms in the main process (perf_hooks). The idle process does nothing beside it, at the same time: what the machine itself adds.',
    '',
  ].join('\n');
}

function ratio(own: Figure | undefined, peer: Figure | undefined): number {
  return own === undefined || peer === undefined ? Number.NaN : median(own.values) / median(peer.values);
}

function atMost(text: string, value: number, limit: number): Aim {
  return { text, found: number(value), met: Number.isNaN(value) ? null : value <= limit };
}

function aimsTable(aims: readonly Aim[]): string {
  return ['| Aim | found | |', '| --- | --- | --- |', ...aims.map(({ text, found, met }) => `| ${text} | ${found} | ${met === null ? 'not measured' : met ? 'met' : 'missed'} |`), ''].join('\n');
}

await bench();
