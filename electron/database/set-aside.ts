import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const COMPANIONS = ['', '-wal', '-shm'] as const;

/** `holdfast-damaged-20261124-093015123.db`: sorts by time and is legal on every system. */
export function asideName(kind: 'damaged' | 'newer', at: Date): string {
  const time = at.toISOString().replaceAll(/[-:.Z]/g, '').replace('T', '-');
  return `holdfast-${kind}-${time}.db`;
}

/** Renames a database and the files that SQLite keeps beside it; never replaces a file. @returns the new path */
export function setAside(path: string, folder: string, kind: 'damaged' | 'newer', now: () => Date = () => new Date()): string {
  let at = now();
  let target = join(folder, asideName(kind, at));
  while (COMPANIONS.some((suffix) => existsSync(target + suffix))) {
    at = new Date(at.getTime() + 1);
    target = join(folder, asideName(kind, at));
  }
  for (const suffix of COMPANIONS) if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  return target;
}
