import { createServer } from 'node:net';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Below the range that systems give to outgoing connections, so that none of those can sit on a port that was handed out. */
const FIRST = 10_000;
const LAST = 32_000;
/** One file for each port in use, with the process that has it: tests in other processes choose at the same time. */
const claims = join(tmpdir(), 'holdfast-test-ports');
const mine = new Set<string>();

process.on('exit', () => {
  for (const file of mine) rmSync(file, { force: true });
});

/** A port of 127.0.0.1 that nothing listens on; no other test process gets it while this one lives. */
export async function freePort(): Promise<number> {
  return freePortRange(1);
}

/** @param count how many, of any numbers */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

/** The first of `count` consecutive free ports, e.g. for FTP's passive connections. */
export async function freePortRange(count: number): Promise<number> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count));
    if (await claimAll(first, count)) return first;
  }
  throw new Error(`No ${count} consecutive free ports of 127.0.0.1 were found between ${FIRST} and ${LAST}: end programs that listen on very many.`);
}

async function claimAll(first: number, count: number): Promise<boolean> {
  const claimed: string[] = [];
  for (let port = first; port < first + count; port += 1) {
    const file = join(claims, String(port));
    if (claim(file)) claimed.push(file);
    if (mine.has(file) && claimed.at(-1) === file && (await isFree(port))) continue;
    for (const one of claimed) {
      rmSync(one, { force: true });
      mine.delete(one);
    }
    return false;
  }
  return true;
}

function claim(file: string): boolean {
  mkdirSync(claims, { recursive: true });
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (isOwned(file)) return false;
    // Left by a process that was killed. Another may remove it at the same time, so this one looks for other ports.
    rmSync(file, { force: true });
    return false;
  }
  mine.add(file);
  return true;
}

function isOwned(file: string): boolean {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    // Created and not written yet.
    if (owner === 0) return true;
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
