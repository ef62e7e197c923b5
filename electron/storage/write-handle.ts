import type { Writable } from 'node:stream';
import type { Checksums } from '../../shared/storage/checksum.ts';
import type { StoredBytes } from '../integrity/ladder.ts';

/** Where the bytes ended up. Each part is absent when it did not change or is not known. */
export interface Published {
  readonly uri?: string;
  readonly versionId?: string;
}

/**
 * A file in the making. The base class writes the stream to its end, proves `stored` if there is one, then calls `commit`; on any
 * failure it calls `abort` instead, also after a failed `commit`. Exactly one of both has the last word.
 */
export interface WriteHandle {
  readonly stream: Writable;
  /** the bytes under their partial name; absent when the storage shows nothing before the commit, then the proof follows it */
  readonly stored?: StoredBytes;
  /** Makes the bytes durable and visible under the real name, whole or not at all. */
  commit(written: { readonly size: number; readonly checksums: Checksums }): Promise<Published | undefined>;
  /** Removes everything that was written; must not fail when there is nothing left. */
  abort(): Promise<void>;
}
