import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { StorageLocation } from '../storage-location.ts';
import { MIB, pattern } from './subject.ts';

/** A file that is never in memory as a whole: made while it is read, and compared while it comes back. */
export interface LargeFile {
  readonly size: number;
  /** @param at `then` happens when so many bytes were given, and the next ones come when it has */
  source(at?: number, then?: () => void | Promise<void>): Readable;
  /** @throws AssertionError unless the file of that name holds exactly these bytes */
  requireStored(location: StorageLocation, name: string): Promise<void>;
}

/** Size of the large files of tests, in bytes: 64 MiB, or HOLDFAST_LARGE. */
export const LARGE = Number(process.env['HOLDFAST_LARGE'] ?? 64 * MIB);

export function largeFile(size: number = LARGE): LargeFile {
  const piece = (at: number) => pattern(Math.min(MIB, size - at), at / MIB + 1);
  return {
    size,
    source: (at = Infinity, then = () => undefined) =>
      Readable.from(
        (async function* pieces() {
          for (let given = 0; given < size; given += MIB) {
            if (given <= at && at < given + MIB) await then();
            yield piece(given);
          }
        })(),
        { objectMode: false, highWaterMark: MIB },
      ),
    async requireStored(location, name) {
      let at = 0;
      let held: Buffer[] = [];
      let length = 0;
      const compare = (bytes: Buffer): void => {
        assert.ok(bytes.equals(piece(at)), `the bytes from ${at} on are others`);
        at += bytes.length;
      };
      for await (const chunk of await location.file(name).open()) {
        held.push(chunk as Buffer);
        length += (chunk as Buffer).length;
        if (length < MIB) continue;
        const all = Buffer.concat(held);
        const whole = length - (length % MIB);
        for (let start = 0; start < whole; start += MIB) compare(all.subarray(start, start + MIB));
        held = [all.subarray(whole)];
        length -= whole;
      }
      if (length > 0) compare(Buffer.concat(held));
      assert.equal(at, size, 'the size of the file');
    },
  };
}
