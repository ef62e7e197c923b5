import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ElectronApplication, Page } from '@playwright/test';
import { formsOf } from './files.ts';

/** Everything that the window's side has in memory, as text: whatever came over IPC and is kept anywhere there is in it. */
export async function windowMemory(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const chunks: Buffer[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(Buffer.from(chunk)));
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return Buffer.concat(chunks);
}

/** Command lines of all processes, as everybody on this computer can read them. */
export async function commandLines(): Promise<Buffer> {
  const { stdout } = await promisify(execFile)('ps', ['-eww', '-o', 'args'], { maxBuffer: 64 * 1024 * 1024 });
  return Buffer.from(stdout);
}

/** What the program writes to its terminal from now on. */
export function terminalOf(electron: ElectronApplication): () => Buffer {
  const chunks: Buffer[] = [];
  const { stdout, stderr } = electron.process();
  for (const stream of [stdout, stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}

/** Those of the texts that are in there, in any form. */
export function seenIn(bytes: Buffer, texts: readonly string[]): readonly string[] {
  return texts.filter((text) => formsOf(text).some((form) => bytes.includes(form)));
}
