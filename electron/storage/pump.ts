import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StorageError } from '../../shared/storage/errors.ts';
import type { SizeLimit } from '../../shared/storage/location.ts';
import type { Progress } from '../../shared/transfers/transfer.ts';
import type { MultiHash } from '../integrity/hash.ts';
import type { Pace } from '../integrity/pace.ts';
import { requireWithin } from './limits.ts';
import { wrapError } from './wrap-error.ts';

/** Bytes that go to the sink in one piece: large enough to be fast, small enough that hashing one stalls the loop for about 2 ms. */
export const DEFAULT_CHUNK_SIZE = 1024 * 1024;

export interface PumpOptions {
  /** bytes that the source must give, neither more nor less; absent when not known */
  readonly size?: number | undefined;
  readonly limit?: SizeLimit | null | undefined;
  /** where the first byte goes; counts towards the limit */
  readonly start?: number | undefined;
  /** largest piece written at once, in bytes */
  readonly chunkSize?: number | undefined;
  readonly hash: MultiHash;
  readonly pace?: Pace | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Moves a source into a sink under back-pressure, hashing on the way. A byte past the limit or past the announced size never reaches
 * the sink. Both streams are destroyed on failure, also while the other one is silent.
 * @returns bytes moved
 * @throws StorageError size_limit_exceeded, size_mismatch, canceled, or what either side failed with (`side` in the context)
 */
export async function pump(source: Readable, sink: Writable, options: PumpOptions): Promise<number> {
  const { size, limit, start: offset = 0, hash, pace, onProgress, signal } = options;
  const chunkSize = options.chunkSize ?? DEFAULT_CHUNK_SIZE;
  const total = size ?? null;
  let bytes = 0;

  async function* meter(): AsyncGenerator<Uint8Array> {
    for await (const chunk of readSource(source)) {
      const most = Math.min(chunkSize, pace?.piece() ?? chunkSize);
      for (let start = 0; start < chunk.length; start += most) {
        const piece = chunk.length <= most ? chunk : chunk.subarray(start, start + most);
        const after = bytes + piece.length;
        requireWithin(limit, offset + after);
        if (size !== undefined && after > size) throw new StorageError('size_mismatch', `The source gives more than the ${size} bytes announced.`, { context: { expected: size, side: 'source' } });
        hash.update(piece);
        const wait = pace?.take(piece.length, signal);
        if (wait !== undefined) await wait;
        bytes = after;
        yield piece;
        onProgress?.({ bytes, total });
      }
    }
    if (size !== undefined && bytes < size) {
      throw new StorageError('size_mismatch', `The source gave ${bytes} bytes, but ${size} were announced.`, { context: { expected: size, found: bytes, side: 'source' } });
    }
  }

  // A pipeline's own signal waits for the meter, and the meter for a source that may be silent; a sink that closes ends it at once.
  const stop = () => {
    source.destroy();
    sink.destroy(new StorageError('canceled', 'Canceled.'));
  };
  try {
    if (!Number.isSafeInteger(chunkSize) || chunkSize < 1) throw new StorageError('invalid_config', `Cannot write in pieces of ${chunkSize} bytes: expected a whole number from 1.`);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', stop, { once: true });
    onProgress?.({ bytes, total });
    await pipeline(meter, sink);
    return bytes;
  } catch (error) {
    source.destroy();
    sink.destroy();
    if (signal?.aborted) throw new StorageError('canceled', 'Canceled.', { cause: error });
    throw wrapError(error, 'store the bytes', { side: 'destination' });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function* readSource(source: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source as AsyncIterable<unknown>) {
      if (chunk instanceof Uint8Array) yield chunk;
      else if (typeof chunk === 'string') yield Buffer.from(chunk, 'utf8');
      else throw new StorageError('unexpected', `The source gave a ${typeof chunk} where bytes were expected.`);
    }
  } catch (error) {
    throw wrapError(error, 'read the source', { side: 'source' });
  }
}
