import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ElectronApplication } from '@playwright/test';
import { dropFiles } from '../harness/drop.ts';
import { makeFile } from '../harness/files.ts';
import { launchApp } from '../harness/launch.ts';
import { fileGrid, fileRow } from '../harness/window.ts';
import { watchMemory } from './process-tree.ts';
import type { Workplace } from './workplace.ts';

export interface WindowUpload {
  readonly seconds: number;
  /** bytes of PSS of all processes */
  readonly memory: { readonly before: number; readonly peak: number };
  /** of main's event loop, in milliseconds */
  readonly stall: Stall;
  /** of a process beside it that does nothing, at the same time: what the machine itself adds */
  readonly control: Stall;
}

interface Stall {
  readonly max: number;
  readonly p99: number;
}

const CONTROL = `const monitor = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 1 });
monitor.enable();
process.stdin.resume().on('end', () => console.log(JSON.stringify({ max: monitor.max / 1e6, p99: monitor.percentile(99) / 1e6 })));`;

interface Monitor {
  enable(): void;
  disable(): void;
  readonly max: number;
  percentile(p: number): number;
}

/** Drops a file of that size onto the table of the packaged app's window, as from the desktop, and waits until its row is proven. */
export async function uploadInWindow(place: Workplace, name: string, bytes: number, watch: 'memory' | 'stall'): Promise<WindowUpload> {
  const path = await makeFile(join(place.root, name), bytes);
  await place.settle();
  const app = await launchApp({ profile: join(place.root, `profile-${name}`) });
  try {
    await fileGrid(app.page).waitFor();
    await sleep(2000);
    const stopWatching = watch === 'memory' ? watchMemory(app.pid) : () => Promise.resolve({ before: Number.NaN, peak: Number.NaN });
    const stopControl = controlStall();
    const begin = performance.now();
    const stall = await stallDuring(app.electron, async () => {
      await dropFiles(app.page, [path], fileGrid(app.page));
      await fileRow(app.page, name).getByText('read back').waitFor({ timeout: 600_000 });
    });
    const seconds = (performance.now() - begin) / 1000;
    const control = await stopControl();
    if ((await stat(join(place.root, `profile-${name}`, 'Local library', name))).size !== bytes) throw new Error(`${name} was not stored whole.`);
    return { seconds, memory: await stopWatching(), stall, control };
  } finally {
    await app.close();
  }
}

/** Longest and 99th percentile of the delay of a timer of 1 ms in the main process. */
async function stallDuring(electron: ElectronApplication, action: () => Promise<void>): Promise<Stall> {
  await electron.evaluate(() => {
    const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks');
    const monitor = monitorEventLoopDelay({ resolution: 1 });
    monitor.enable();
    (globalThis as { benchMonitor?: Monitor }).benchMonitor = monitor;
  });
  await action();
  return electron.evaluate(() => {
    const monitor = (globalThis as { benchMonitor?: Monitor }).benchMonitor;
    monitor?.disable();
    return { max: (monitor?.max ?? Number.NaN) / 1e6, p99: (monitor?.percentile(99) ?? Number.NaN) / 1e6 };
  });
}

/** Watches the event loop of a process that does nothing, until the result is called. */
function controlStall(): () => Promise<Stall> {
  const child = spawn(process.execPath, ['-e', CONTROL], { stdio: ['pipe', 'pipe', 'inherit'] });
  return async () => {
    child.stdin.end();
    let text = '';
    for await (const piece of child.stdout) text += String(piece);
    return JSON.parse(text) as Stall;
  };
}
