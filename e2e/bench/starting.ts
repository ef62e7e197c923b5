import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Page, chromium } from '@playwright/test';
import { executable } from '../harness/executable.ts';
import { type Comparison, type Figure, inTurns } from './figures.ts';
import type { Workplace } from './workplace.ts';

const EMPTY_MAIN = `const { app, BrowserWindow } = require('electron');
app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 800 }).loadFile('index.html'));
app.on('window-all-closed', () => app.quit());
`;

/** From the start of the process to the first frame that a person can use; without the inspector of Node, which slows a start. */
export async function compareStarting(place: Workplace): Promise<Comparison> {
  const empty = join(place.root, 'empty-app');
  await mkdir(empty);
  await writeFile(join(empty, 'package.json'), JSON.stringify({ name: 'empty', version: '1.0.0', main: 'main.js' }));
  await writeFile(join(empty, 'main.js'), EMPTY_MAIN);
  await writeFile(join(empty, 'index.html'), '<!doctype html><title>Empty</title><p id="ready">Empty</p>');
  const switches = JSON.parse(process.env['HOLDFAST_WINDOW_SWITCHES'] ?? '[]') as string[];
  const profile = join(place.root, 'profile-start');
  const painted: Record<'own' | 'empty', number[]> = { own: [], empty: [] };
  const own = async () => {
    const seen = await start(executable(), [...switches, '--profile', profile], '[role=grid][aria-label=Files]');
    painted.own.push(seen.painted);
    return { seconds: seen.usable, cpuSeconds: Number.NaN };
  };
  const peer = async () => {
    const seen = await start(process.env['HOLDFAST_RUNTIME'] ?? '', [...switches, `--user-data-dir=${join(place.root, 'empty-data')}`, empty], '#ready');
    painted.empty.push(seen.painted);
    return { seconds: seen.usable, cpuSeconds: Number.NaN };
  };
  // The first start makes the data folder and fills the caches.
  await own();
  await peer();
  painted.own.length = painted.empty.length = 0;
  const timed: readonly Figure[] = await inTurns(place.scale.repetitions, [
    { by: 'Holdfast, packaged: the table of files is on the screen', run: own },
    { by: 'an empty window on the same Electron: its text is on the screen', run: peer },
  ]);
  const figures = timed.map(({ by, values }) => ({ by, values }));
  return {
    task: 'Start to first usable frame', unit: 's',
    figures: [...figures, { by: 'Holdfast: first contentful paint', values: painted.own }, { by: 'empty window: first contentful paint', values: painted.empty }],
    notes: ['Second and later starts, with a data folder that is there. Seen over Chromium\'s debugging port, the same for both.'],
  };
}

/** Seconds from the start of the process to the first paint of anything, and to the first frame that shows what the selector names. */
async function start(program: string, args: readonly string[], selector: string): Promise<{ readonly painted: number; readonly usable: number }> {
  const begin = Date.now();
  const child = spawn(program, ['--remote-debugging-port=0', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(child, 'exit');
  try {
    const browser = await chromium.connectOverCDP(await debuggingAddress(child));
    const context = browser.contexts()[0];
    if (context === undefined) throw new Error('Chromium has no context.');
    const page = context.pages()[0] ?? (await context.waitForEvent('page'));
    const { painted, usable } = await seen(page, selector);
    await browser.close();
    return { painted: (painted - begin) / 1000, usable: (usable - begin) / 1000 };
  } finally {
    child.kill('SIGTERM');
    await gone;
  }
}

async function debuggingAddress(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const piece of child.stderr ?? []) {
    text += String(piece);
    const address = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
    if (address !== undefined) {
      child.stderr?.resume();
      return address;
    }
  }
  throw new Error(`The app ended before its debugging port was open:\n${text}`);
}

/** Times in milliseconds since 1970. */
async function seen(page: Page, selector: string): Promise<{ readonly painted: number; readonly usable: number }> {
  await page.waitForFunction((what) => document.querySelector(what) !== null, selector, { polling: 'raf' });
  return page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const usable = Date.now();
    const first = performance.getEntriesByName('first-contentful-paint')[0];
    return { usable, painted: performance.timeOrigin + (first?.startTime ?? Number.NaN) };
  });
}
