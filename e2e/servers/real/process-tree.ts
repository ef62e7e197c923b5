import { readFileSync, readdirSync } from 'node:fs';
import { signal } from './guardian.ts';

/** A process, told from a later one of the same number by its start. */
export interface TreeProcess {
  readonly pid: number;
  readonly started: string;
}

/** All descendants of a process, also those in sessions of their own, e.g. of SSH users. Empty where there is no /proc. */
export function descendants(pid: number): TreeProcess[] {
  return childrenOf(pid).flatMap((child) => {
    const started = startOf(child);
    return started === null ? [] : [{ pid: child, started }, ...descendants(child)];
  });
}

/** Kills those that still are what they were. */
export function killAll(processes: readonly TreeProcess[]): void {
  for (const { pid, started } of processes) if (startOf(pid) === started) signal(pid, 'SIGKILL');
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
  } catch {
    return [];
  }
}

/** The 22nd field of `stat`; the second is the name in brackets, which may hold anything. */
function startOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
