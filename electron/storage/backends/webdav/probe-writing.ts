import { randomBytes } from 'node:crypto';
import type { HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import { DIGEST_FIELD_HASHES } from '../../http/digest-fields.ts';
import { checksumsOf, toldDigests } from './bytes-digest.ts';
import type { DavClient } from './dav-client.ts';
import type { Findings, Product, SetsTime, WriteFindings } from './findings.ts';
import { probeChunks, probeSentDigest } from './probe-sending.ts';
import { type Scratch, together } from './scratch.ts';
import { SETTABLE_TIMES, rangeHeaders, timeHeaders, writeTime } from './write-headers.ts';

/** 2001-09-09T01:46:40Z */
const OLD = new Date(1_000_000_000_000);
const NOTHING: readonly HashName[] = [];

export type Tried = { readonly refused: StorageError; readonly found: null } | { readonly refused: null; readonly found: Pick<Findings, 'rangeRead'> & { readonly write: WriteFindings } };

/** Tries everything that stores or changes. @returns why nothing can be stored, or what works */
export async function probeWriting(dav: DavClient, scratch: Scratch, product: Product | null, signal: AbortSignal | undefined): Promise<Tried> {
  const bytes = randomBytes(32);
  const refused = await scratch.put('a', bytes, timeHeaders(OLD));
  if (refused !== null) return { refused, found: null };
  await requireSameBytes(scratch, bytes);
  const moves = await probeMoves(dav, scratch, bytes, signal);
  if (moves instanceof StorageError) return { refused: moves, found: null };
  const [rangeRead, computed, partialPut, copyAndDelete, sentDigest, hidesDotNames] = await together([
    scratch.read('taken', 'bytes=1-2').then((part) => part?.equals(bytes.subarray(1, 3)) === true),
    computedDigests(dav, scratch, signal),
    writesRanges(scratch, signal),
    copiesAndDeletes(dav, scratch, signal),
    probeSentDigest(scratch, product),
    hidesNames(dav, scratch, signal),
  ]);
  const chunks = await probeChunks(dav, scratch, product, sentDigest, signal);
  // What a server that computes digests was sent before could come back as its own.
  const sent = computed.length > 0 ? null : sentDigest;
  return { refused: null, found: { rangeRead, write: { makeDirectory: scratch.isFolder, ...moves, ...copyAndDelete, partialPut, serverDigest: computed, sentDigest: sent, chunks, hidesDotNames } } };
}

/** A login page or a cache that says yes to everything is no storage. */
async function requireSameBytes(scratch: Scratch, bytes: Uint8Array): Promise<void> {
  if ((await scratch.read('a'))?.equals(bytes) === true) return;
  throw new StorageError('invalid_config', 'The server took a small file, but gave back something else: this is not a WebDAV server, or a login page stands before it.');
}

/** Saves need it, so a server that cannot is not written to. Leaves the 32 bytes as `taken`. */
async function probeMoves(dav: DavClient, scratch: Scratch, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<Pick<WriteFindings, 'noOverwrite' | 'setsTime'> | StorageError> {
  const [from, to] = [scratch.at('a'), scratch.at('taken')];
  const byHeader = sameTime((await dav.look(from, { signal })).modified);
  const refused = await scratch.put('taken', bytes.subarray(0, 4));
  if (refused !== null) return refused;
  const unmoved = await firstThatMoves(dav, scratch, from);
  if (unmoved !== null) return unmoved;
  const kept = await scratch.refusal(dav.move(scratch.at('moved'), to, { overwrite: false }));
  const noOverwrite = kept !== null && (await dav.look(to, { signal })).size === 4;
  throwIfCanceled(signal);
  const replaced = noOverwrite ? await scratch.refusal(dav.move(scratch.at('moved'), to, { overwrite: true })) : kept;
  if (replaced !== null) return replaced;
  const moved = await dav.look(to, { signal });
  if (moved.size !== bytes.length) return new StorageError('unsupported', `The server says that it moved a file over another one, but did not.`, { context: { uri: to } });
  return { noOverwrite, setsTime: byHeader && sameTime(moved.modified) ? 'header' : await settableTime(dav, scratch, signal) };
}

/** To a free name, with either form of the destination. */
async function firstThatMoves(dav: DavClient, scratch: Scratch, from: string): Promise<StorageError | null> {
  const first = await scratch.refusal(dav.move(from, scratch.at('moved'), { overwrite: false }));
  if (first === null) return null;
  dav.destination = 'path';
  if ((await scratch.refusal(dav.move(from, scratch.at('moved'), { overwrite: false }))) === null) return null;
  dav.destination = 'absolute';
  return first;
}

/** The property by which the time of `taken` can be set so that it stays when the file is moved. */
async function settableTime(dav: DavClient, scratch: Scratch, signal: AbortSignal | undefined): Promise<SetsTime | null> {
  for (const property of SETTABLE_TIMES) {
    const said = await scratch.refusal(writeTime(dav, scratch.at('taken'), property, OLD));
    throwIfCanceled(signal);
    if (said !== null || !sameTime((await dav.look(scratch.at('taken'), { signal })).modified)) continue;
    await scratch.refusal(dav.move(scratch.at('taken'), scratch.at('timed'), { overwrite: false }));
    const moved = await dav.lookIfThere(scratch.at('timed'), { signal });
    await scratch.refusal(dav.move(scratch.at('timed'), scratch.at('taken'), { overwrite: false }));
    if (sameTime(moved?.modified ?? null)) return property;
  }
  return null;
}

function sameTime(found: Date | null): boolean {
  return found !== null && Math.floor(found.getTime() / 1000) === OLD.getTime() / 1000;
}

/** Stored without any digest, then changed: what the server answers rightly both times it computed itself. */
async function computedDigests(dav: DavClient, scratch: Scratch, signal: AbortSignal | undefined): Promise<readonly HashName[]> {
  let computed: readonly HashName[] = DIGEST_FIELD_HASHES;
  for (const size of [32, 48]) {
    const bytes = randomBytes(size);
    if (computed.length === 0 || (await scratch.put('digest', bytes)) !== null) return NOTHING;
    const told = await toldDigests(dav.http, scratch.at('digest'), { signal });
    const expected = checksumsOf(bytes);
    computed = computed.filter((name) => told?.checksums[name] !== undefined && told.checksums[name] === expected[name]);
  }
  return computed;
}

/** Some servers answer 201 to a part and replace the file with it, so only the bytes tell (RFC 9110 section 14.5 warns of it). */
async function writesRanges(scratch: Scratch, signal: AbortSignal | undefined): Promise<boolean> {
  const [whole, part, end] = [randomBytes(32), randomBytes(4), randomBytes(8)];
  if ((await scratch.put('range', whole)) !== null) return false;
  if ((await scratch.put('range', part, rangeHeaders(8, part.length, null))) !== null) return false;
  throwIfCanceled(signal);
  const patched = Buffer.concat([whole.subarray(0, 8), part, whole.subarray(12)]);
  if ((await scratch.read('range'))?.equals(patched) !== true) return false;
  if ((await scratch.put('range', end, rangeHeaders(32, end.length, 40))) !== null) return false;
  return (await scratch.read('range'))?.equals(Buffer.concat([patched, end])) === true;
}

async function copiesAndDeletes(dav: DavClient, scratch: Scratch, signal: AbortSignal | undefined): Promise<Pick<WriteFindings, 'copy' | 'delete'>> {
  const bytes = randomBytes(16);
  if ((await scratch.put('original', bytes)) !== null) return { copy: false, delete: false };
  const refused = await scratch.refusal(dav.copy(scratch.at('original'), scratch.at('copy'), { overwrite: true }));
  throwIfCanceled(signal);
  const copy = refused === null && (await scratch.read('copy'))?.equals(bytes) === true;
  const removed = await scratch.refusal(dav.remove(scratch.at('original')));
  return { copy, delete: removed === null && (await dav.lookIfThere(scratch.at('original'), { signal })) === null };
}

/** nginx's PROPFIND leaves out what begins with a dot. */
async function hidesNames(dav: DavClient, scratch: Scratch, signal: AbortSignal | undefined): Promise<boolean> {
  const uri = scratch.at('.dot');
  if (!scratch.isFolder || (await scratch.put('.dot', new Uint8Array(1))) !== null) return false;
  const place = dav.hrefs.read(uri)?.path;
  for await (const page of dav.browse(uri.slice(0, uri.lastIndexOf('/') + 1), { signal })) {
    if (page.some(({ href }) => dav.hrefs.read(href)?.path === place)) return false;
  }
  return true;
}
