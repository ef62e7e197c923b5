import { Readable } from 'node:stream';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { PartProof } from '../../../../shared/storage/evidence.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import type { SwiftContext } from './context.ts';
import type { Segment } from './manifest.ts';
import { askObject } from './object-facts.ts';
import { ask } from './refusal.ts';
import type { UploadInProgress } from './upload-in-progress.ts';

/** The segments of a large file before its manifest is there: proven before anybody sees the file, and before an old one is replaced. */
export function storedSegments({ client }: SwiftContext, { store, id }: UploadInProgress, { segments, proofs }: { readonly segments: () => readonly Segment[]; readonly proofs: () => readonly PartProof[] }): StoredBytes {
  const uri = (number: number): string => store.uriOf(id, number);
  async function* bytes(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    for (const number of segments().keys()) yield* (await ask(client, 'GET', uri(number + 1), { signal })).body as AsyncIterable<Uint8Array>;
  }
  return {
    /** Listings may be late, so a segment that is not listed as it was sent is asked for itself. */
    size: async (signal) => {
      const listed = await store.segments(id, { signal });
      let size = 0;
      for (const [index, segment] of segments().entries()) {
        const found = listed.get(index + 1);
        const known = found?.size === segment.size && found.md5 === segment.md5 ? found : await askObject(client, uri(index + 1), { signal, newest: true });
        if (known.md5 !== null && known.md5 !== segment.md5) throw new StorageError('checksum_mismatch', `Segment ${index + 1} is stored as ${known.md5}, but the source is ${segment.md5} there.`, { context: { expected: segment.md5, found: known.md5 } });
        if (known.size === null) return null;
        size += known.size;
      }
      return size;
    },
    get parts() {
      return proofs();
    },
    serverDigest: () => Promise.resolve(null),
    readBack: (signal) => Promise.resolve(Readable.from(bytes(signal), { objectMode: false, ...(signal && { signal }) })),
  };
}
