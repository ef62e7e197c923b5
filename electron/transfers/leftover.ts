import type { Resumption } from '../../shared/storage/evidence.ts';
import type { FileInstance } from '../../shared/storage/file-instance.ts';
import type { ResumeOptions } from '../storage/storage-backend.ts';
import type { StorageLocation } from '../storage/storage-location.ts';

/** Below so many bytes a file is sent again from its beginning: that costs less than writing down how far it came. */
export const RESUME_FROM = 16 * 1024 * 1024;

/** What an interrupted try left at the destination: plain data that the journal keeps between tries. */
export interface Leftover {
  /** the backend's own text */
  readonly token: string;
  /** where the destination stores it, inside its location or folder */
  readonly path: string;
  /** download: the stored file as it was when the try began; null for uploads, whose source guard looks itself */
  readonly source: { readonly size: number | null; readonly modified: string | null } | null;
  /** where earlier tries went on, oldest first */
  readonly resumed: readonly Resumption[];
}

/** Tries of one transfer: what they know of each other. */
export interface Tries {
  readonly leftover: Leftover | null;
  /** Journals it. Called before the bytes that it speaks of are sent. */
  keep(leftover: Leftover): void;
}

/** The resume options for storing under one path of `location`, and where this and earlier tries went on. What is left of another path or another source is removed. */
export async function resumption(location: StorageLocation, { leftover, keep }: Tries, path: string, size: number | null, source: Leftover['source']): Promise<{ readonly resume: ResumeOptions | undefined; readonly wentOn: () => readonly Resumption[] }> {
  const fits = leftover !== null && leftover.path === path && sameSource(leftover.source, source);
  if (leftover !== null && !fits) await location.file(leftover.path).forget(leftover.token);
  let token = fits ? leftover.token : null;
  let resumed = fits ? leftover.resumed : [];
  const wentOn = (): readonly Resumption[] => resumed;
  if (size === null || size < RESUME_FROM) return { resume: undefined, wentOn };
  const note = (): void => {
    if (token !== null) keep({ token, path, source, resumed });
  };
  return {
    wentOn,
    resume: {
      token,
      keep: (next) => {
        if (next === token) return;
        token = next;
        resumed = [];
        note();
      },
      wentOn: (at) => {
        resumed = [...resumed, at];
        note();
      },
    },
  };
}

/** What a stored file looks like from outside; another look means other bytes, so what was fetched of the old ones is of no use. */
export function lookOf({ size, modified }: Pick<FileInstance, 'size' | 'modified'>): NonNullable<Leftover['source']> {
  return { size, modified };
}

function sameSource(before: Leftover['source'], now: Leftover['source']): boolean {
  return before?.size === now?.size && before?.modified === now?.modified;
}
