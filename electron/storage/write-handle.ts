import type { Writable } from 'node:stream';
import type { Checksum, Checksums } from '../../shared/storage/checksum.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { PartProof, Resumption } from '../../shared/storage/evidence.ts';
import type { StoredBytes } from '../integrity/ladder.ts';

/** Where the bytes ended up. Each part is absent when it did not change or is not known. */
export interface Published {
  readonly uri?: string;
  readonly versionId?: string;
  /** bytes that the storage says it stored, where it answers so to the commit; null where it does not, but `serverDigest` is of the whole. Spares a question. */
  readonly size?: number | null;
  /** the digest that the storage computed over what it stored, where it answers so to the commit; spares a question. Never one that it merely repeats. */
  readonly serverDigest?: Checksum;
  /** as a later `stat` will report it, ISO 8601 in UTC, null when it will not; spares a question */
  readonly modified?: string | null;
  /** digests of the whole that the storage compared with ours while it received the bytes, and would have refused on a difference */
  readonly transit?: readonly Checksum[];
  /** the same for a file that went over in parts */
  readonly parts?: readonly PartProof[];
}

/** A resumed save found that what is there is not the beginning of its source: it is removed, and the next try begins anew. */
export function startOver(message: string): StorageError {
  return new StorageError('unavailable', message, { context: { startOver: true } });
}

/**
 * A file in the making. The base class writes the stream to its end, proves `stored` if there is one, then calls `commit`; on any
 * failure it calls `abort` instead (or `keep`), also after a failed `commit`. Exactly one of them has the last word.
 *
 * The stream gets all bytes from the first on, also when the save goes on after an earlier one: the handle skips those that are there,
 * but only after it found by digest that they are the same ({@link startOver} when they are not).
 */
export interface WriteHandle {
  readonly stream: Writable;
  /** the bytes under their partial name; absent when the storage shows nothing before the commit, then the proof follows it */
  readonly stored?: StoredBytes;
  /** Makes the bytes durable and visible under the real name, whole or not at all. */
  commit(written: { readonly size: number; readonly checksums: Checksums }): Promise<Published | undefined>;
  /** where this save went on; asked after the stream has ended. Absent or null: at the first byte. */
  resumed?(): Resumption | null;
  /** Ends what is under way and leaves what was stored for a later save with the token that was given to `resume.keep`. Absent: nothing can be kept. */
  keep?(): Promise<void>;
  /** Removes everything that was written, also by the earlier saves that it goes on with; must not fail when there is nothing left. */
  abort(): Promise<void>;
}
