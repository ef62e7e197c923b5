import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable, type Writable } from 'node:stream';
import { type Checksum, formatChecksum } from '../../../shared/storage/checksum.ts';
import { type ErrorCode, StorageError } from '../../../shared/storage/errors.ts';
import type { FileInstance } from '../../../shared/storage/file-instance.ts';
import type { LocationPath } from '../../../shared/storage/path.ts';
import type { StorageBackend } from '../storage-backend.ts';
import type { StorageLocation } from '../storage-location.ts';
import type { ConformanceCase, ConformanceHarness, OpenOverrides } from './conformance-harness.ts';

/** Who opened a location: the contents of an upload-only storage can be seen from outside only. */
const HARNESSES = new WeakMap<StorageLocation, ConformanceHarness>();

export const KIB = 1024;
export const MIB = 1024 * 1024;

/** A case that opens one location and closes it again. */
export function onLocation(
  name: string,
  run: (location: StorageLocation, harness: ConformanceHarness) => Promise<void>,
  options: { readonly overrides?: OpenOverrides; readonly needs?: 'corrupt' | 'stall' } = {},
): ConformanceCase {
  return {
    name,
    ...(options.needs && { needs: options.needs }),
    async run(harness) {
      const location = await harness.open(options.overrides);
      HARNESSES.set(location, harness);
      try {
        await run(location, harness);
      } finally {
        await location.close();
      }
    },
  };
}

/** `size` bytes that differ from position to position and from seed to seed. */
export function pattern(size: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}

/** A source that gives `bytes` in pieces of `piece` bytes. */
export function sourceOf(bytes: Uint8Array, piece = 48 * KIB): Readable {
  return Readable.from(
    (function* pieces() {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    })(),
    { objectMode: false, highWaterMark: piece },
  );
}

export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Stores `bytes` under `path` and gives the file. */
export async function store(location: StorageLocation, path: LocationPath, bytes: Uint8Array): Promise<StorageBackend> {
  const file = location.file(path);
  await file.save(sourceOf(bytes), { size: bytes.length });
  return file;
}

export async function contents(location: StorageLocation, path: LocationPath): Promise<Buffer> {
  const file = location.file(path);
  if (location.capabilities.read) return readAll(await file.open());
  await rejectsWith(() => file.open(), 'unsupported');
  const peek = HARNESSES.get(location)?.peek ?? assert.fail('the harness of an upload-only storage must offer `peek`');
  return peek(path);
}

/** What a file gives to the object that saved it. An upload-only storage may keep it to itself: then null. */
export async function savedContents(location: StorageLocation, file: StorageBackend): Promise<Buffer | null> {
  if (location.capabilities.read) return readAll(await file.open());
  return file.open().then(readAll, (error: unknown) => {
    if (error instanceof StorageError && error.code === 'unsupported') return null;
    throw error;
  });
}

/** The error for a path under which nothing lies; an upload-only storage cannot even look. */
export function missingCode({ capabilities }: StorageLocation): ErrorCode {
  return capabilities.read ? 'not_found' : 'unsupported';
}

export async function listed(location: StorageLocation, path: LocationPath): Promise<readonly FileInstance[]> {
  const all: FileInstance[] = [];
  for await (const page of location.list(path)) all.push(...page);
  return all;
}

/** @returns the error, when it is the one error of Holdfast with one of these codes */
export async function rejectsWith(action: () => Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<StorageError> {
  const outcome = await action().then(
    () => ({ resolved: true }) as const,
    (error: unknown) => ({ resolved: false, error }) as const,
  );
  if (outcome.resolved) assert.fail(`resolved, but ${codes.join(' or ')} was expected`);
  if (!(outcome.error instanceof StorageError)) assert.fail(`${String(outcome.error)} is not a StorageError`);
  assert.ok(codes.includes(outcome.error.code), `${outcome.error.code} (${outcome.error.message}), but ${codes.join(' or ')} was expected`);
  return outcome.error;
}

/** Big contents: a plain comparison, because a diff of megabytes helps nobody. */
export function sameBytes(found: Uint8Array, expected: Uint8Array, what: string): void {
  assert.equal(found.length, expected.length, `${what}: wrong size`);
  const at = Buffer.compare(found, expected) === 0 ? -1 : found.findIndex((byte, index) => byte !== expected[index]);
  assert.equal(at, -1, `${what}: the first wrong byte is at ${at}`);
}

export function sha256(bytes: Uint8Array): Checksum {
  return formatChecksum('sha256', createHash('sha256').update(bytes).digest('hex'));
}

export async function leftInStorage(harness: ConformanceHarness): Promise<readonly string[]> {
  return [...(await harness.residue())].sort();
}

/** What reached the sink of a file. */
export interface SinkWatch {
  opened: number;
  bytes: number;
}

/** Looks at every piece on its way into the storage, after it was hashed; `change` may answer with other bytes, as a bad wire or disk would. */
export function watchSink(file: StorageBackend, change: (piece: Uint8Array) => Uint8Array = (piece) => piece): SinkWatch {
  const watch: SinkWatch = { opened: 0, bytes: 0 };
  const original = file['getSaveStream'].bind(file);
  const getSaveStream: StorageBackend['getSaveStream'] = async (options) => {
    watch.opened += 1;
    const handle = await original(options);
    const write = handle.stream.write.bind(handle.stream) as (piece: Uint8Array) => boolean;
    const watched = (piece: Uint8Array) => {
      const given = change(piece);
      watch.bytes += given.length;
      return write(given);
    };
    Object.defineProperty(handle.stream, 'write', { value: watched satisfies (piece: Uint8Array) => boolean as Writable['write'] });
    return handle;
  };
  Object.defineProperty(file, 'getSaveStream', { value: getSaveStream });
  return watch;
}
