import { type Checksum, type Checksums, checksumAlgorithm } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { SwiftContext } from './context.ts';
import { MTIME_HEADER, mtimeText } from './object-facts.ts';

/** How long a request may still go on after a cancel, in ms: cut at its very end, nobody would know whether it came through. */
const LAST_WORDS = 2000;

/** Headers of every object that is made for a file. */
export function saveHeaders({ findings }: Pick<SwiftContext, 'findings'>, { modified }: Pick<SaveStreamOptions, 'modified'>): Readonly<Record<string, string>> {
  return { 'content-type': 'application/octet-stream', ...(modified !== undefined && findings.keepsModified && { [MTIME_HEADER]: mtimeText(modified) }) };
}

/** What went through the handle's own hands must be what was read from the source. @throws StorageError size_mismatch, checksum_mismatch */
export function requireWritten(written: { readonly size: number; readonly checksums: Checksums }, found: { readonly size: number; readonly checksum: Checksum }): void {
  if (written.size !== found.size) throw new StorageError('size_mismatch', `Of ${written.size} bytes of the source ${found.size} came to be sent.`, { context: { expected: written.size, found: found.size } });
  const expected = written.checksums[checksumAlgorithm(found.checksum)];
  if (expected === undefined || expected === found.checksum) return;
  throw new StorageError('checksum_mismatch', `The bytes to be sent are ${found.checksum}, but the source is ${expected}.`, { context: { expected, found: found.checksum } });
}

/** Does something with a signal that comes a little after the one given. */
export async function withLastWords<T>(signal: AbortSignal | undefined, action: (later: AbortSignal | undefined) => Promise<T>): Promise<T> {
  if (signal === undefined) return action(undefined);
  signal.throwIfAborted();
  const later = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => later.abort(signal.reason), LAST_WORDS);
  };
  signal.addEventListener('abort', begin, { once: true });
  try {
    return await action(later.signal);
  } finally {
    signal.removeEventListener('abort', begin);
    clearTimeout(timer);
  }
}
