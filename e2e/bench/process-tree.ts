import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 200;
/** Looking for new processes reads about every process of the machine, so it is done each so many times. */
const LOOKS_PER_SEARCH = 5;

/** Watches the memory of a process and of all below it. Call the result to stop. @returns the highest and the first sum of PSS, in bytes */
export function watchMemory(pid: number): () => Promise<{ readonly before: number; readonly peak: number }> {
  let stopped = false;
  const watching = (async () => {
    let tree = await processesBelow(pid);
    const before = await proportionalSize(tree);
    let peak = before;
    for (let looks = 1; !stopped; await sleep(EVERY_MS), looks++) {
      if (looks % LOOKS_PER_SEARCH === 0) tree = await processesBelow(pid);
      peak = Math.max(peak, await proportionalSize(tree));
    }
    return { before, peak };
  })();
  return () => {
    stopped = true;
    return watching;
  };
}

/** Sum of PSS (memory shared by n processes counts 1/n in each), in bytes. Linux only. */
async function proportionalSize(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(pids.map(async (pid) => {
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
