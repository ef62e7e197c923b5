import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 200;

/** Watches the memory of a process and of all below it. Call the result to stop. @returns the highest and the first sum of PSS, in bytes */
export function watchMemory(pid: number): () => Promise<{ readonly before: number; readonly peak: number }> {
  let stopped = false;
  const watching = (async () => {
    const before = await proportionalSize(pid);
    let peak = before;
    for (; !stopped; await sleep(EVERY_MS)) peak = Math.max(peak, await proportionalSize(pid));
    return { before, peak };
  })();
  return () => {
    stopped = true;
    return watching;
  };
}

/** Sum of PSS (memory shared by n processes counts 1/n in each) of a process and all below it, in bytes. Linux only. */
async function proportionalSize(root: number): Promise<number> {
  const sizes = await Promise.all((await processesBelow(root)).map(async (pid) => {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
  }));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function processesBelow(root: number): Promise<readonly number[]> {
  const all = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const parents = new Map<number, number>();
  for (const pid of all) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 1).trim().split(' ')[1]));
  }
  const tree = [root];
  for (const pid of tree) tree.push(...all.filter((child) => parents.get(child) === pid));
  return tree;
}
