import { randomBytes, randomUUID } from 'node:crypto';
import type { HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { discard, headerOf, type HttpClient, isSuccess } from '../../http/http-client.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import { askDigest } from './digest.ts';
import { parsePages, readIndex } from './listing.ts';
import { rangeHeaders } from './update.ts';
import { resolveSameOrigin, uriOf } from '../../http/uri.ts';

/** What was found out about a server by trying it. */
export interface Findings {
  readonly list: boolean;
  readonly rangeRead: boolean;
  /** files can be stored and deleted again; everything below is false when not */
  readonly write: boolean;
  readonly initialize: boolean;
  readonly update: boolean;
  readonly noOverwrite: boolean;
  readonly serverDigest: readonly HashName[];
  /** why nothing was tried by writing; null when it was */
  readonly notTried: string | null;
}

/** Digests that servers are known to offer. */
const ASKED_DIGESTS: readonly HashName[] = ['sha256', 'sha512', 'sha1', 'md5'];
const NOTHING_WRITTEN = { write: false, initialize: false, update: false, noOverwrite: false, serverDigest: [] } as const;

/**
 * Tries the server: reads its index, and stores, asks about, changes and deletes a file of a few bytes under a name of its own. DELETE
 * is tried first on a name that is not there, so a server that cannot delete is never left with the file.
 * @param readOnly nothing is written
 * @throws StorageError authentication_failed, permission_denied (it refuses everything), not_found, untrusted_server, unavailable, canceled
 */
export async function probeServer(client: HttpClient, root: string, { readOnly, signal }: OperationOptions & { readonly readOnly: boolean }): Promise<Findings> {
  const index = await readIndex(client, root, { signal });
  const list = index.kind === 'index';
  const readSide = async () => ({ list, rangeRead: list && (await readsRanges(client, firstFile(index.entries, root), signal)) });
  if (readOnly) return { ...(await readSide()), ...NOTHING_WRITTEN, notTried: 'the location is set to read only' };

  const scratch = uriOf(root, `.holdfast-probe-${randomUUID()}`);
  const refused = await tryDelete(client, scratch, signal);
  if (refused === null) return probeWriting(client, scratch, list, { signal, readSide });
  if (!list && index.status === refused.context['status']) throw refused;
  if (!list && (index.status === 404 || index.status === 410)) throw new StorageError('not_found', `There is no folder at ${root}, and nothing can be stored there either: ${refused.message}`, { context: { uri: root, status: index.status } });
  return { ...(await readSide()), ...NOTHING_WRITTEN, notTried: refused.message };
}

interface WritingProbe extends OperationOptions {
  readonly readSide: () => Promise<Pick<Findings, 'list' | 'rangeRead'>>;
}

async function probeWriting(client: HttpClient, scratch: string, list: boolean, { signal, readSide }: WritingProbe): Promise<Findings> {
  const bytes = randomBytes(32);
  const stored = [scratch];
  try {
    // Without the signal: a file whose upload was cut could come to be after it was deleted. The same below.
    const put = await client.send('PUT', scratch, { body: bytes });
    throwIfCanceled(signal);
    if (!isSuccess(put)) {
      const error = await client.refusalOf('PUT', put);
      if (error.code === 'unavailable' || error.code === 'rate_limited') throw error;
      if (!list && error.code !== 'permission_denied' && error.code !== 'unsupported') throw error;
      return { ...(await readSide()), ...NOTHING_WRITTEN, notTried: error.message };
    }
    await discard(put);
    const uri = resolveSameOrigin(headerOf(put, 'location') ?? scratch, scratch);
    if (uri !== scratch) stored.push(uri);
    await requireSameBytes(client, uri, bytes, signal);
    const serverDigest = await answeredDigests(client, uri, bytes, signal);
    const rangeRead = await readsRanges(client, { uri, size: bytes.length, bytes }, signal);
    const noOverwrite = await refusesOverwrite(client, uri, bytes, signal);
    const update = await writesRanges(client, uri, bytes, signal);
    const initialize = await allocates(client, `${scratch}-allocated`, stored, signal);
    return { list, rangeRead, write: true, initialize, update, noOverwrite, serverDigest, notTried: null };
  } finally {
    // Also after a cancel: the probe leaves nothing behind.
    for (const uri of stored) await client.send('DELETE', uri).then(discard).catch(() => undefined);
  }
}

/** A login page or a cache that says yes to everything is no storage. */
async function requireSameBytes(client: HttpClient, uri: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  const answer = await client.send('GET', uri, { signal });
  if (!isSuccess(answer)) throw await client.refusalOf('GET', answer);
  const found = await client.body(answer, bytes.length);
  if (found !== null && found.equals(bytes)) return;
  throw new StorageError('invalid_config', `${uri} took a small file, but gave back something else: this is not a storage server, or a login page stands before it.`, { context: { uri, status: answer.status } });
}

/** @returns null when files can be deleted, else what the server said */
async function tryDelete(client: HttpClient, missing: string, signal: AbortSignal | undefined): Promise<StorageError | null> {
  const answer = await client.send('DELETE', missing, { signal });
  if (isSuccess(answer) || answer.status === 404 || answer.status === 410) {
    await discard(answer);
    return null;
  }
  const error = await client.refusalOf('DELETE', answer);
  if (error.code === 'authentication_failed' || error.code === 'unavailable' || error.code === 'rate_limited') throw error;
  return error;
}

async function answeredDigests(client: HttpClient, uri: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<readonly HashName[]> {
  const { checksums } = await hashStream(pieces(bytes), ASKED_DIGESTS);
  const answers = await Promise.all(ASKED_DIGESTS.map(async (name) => (await isTrue(askDigest(client, uri, name, { signal }).then((found) => found === checksums[name]))) && name));
  return answers.filter((name) => name !== false);
}

interface KnownBytes {
  readonly uri: string;
  readonly size: number;
  readonly bytes: Uint8Array | null;
}

function firstFile(entries: readonly unknown[], root: string): KnownBytes | null {
  for (const page of parsePages(entries, root, '', false)) {
    for (const { kind, size, uri } of page) if (kind === 'file' && size !== null && size > 2) return { uri, size, bytes: null };
  }
  return null;
}

async function readsRanges(client: HttpClient, file: KnownBytes | null, signal: AbortSignal | undefined): Promise<boolean> {
  if (file === null) return false;
  const answer = await client.send('GET', file.uri, { signal, headers: { range: 'bytes=1-2' } });
  if (answer.status !== 206 || headerOf(answer, 'content-range') !== `bytes 1-2/${file.size}`) {
    answer.body.destroy();
    return false;
  }
  const text = await client.body(answer, 2);
  return text !== null && text.length === 2 && (file.bytes === null || text.equals(file.bytes.subarray(1, 3)));
}

async function refusesOverwrite(client: HttpClient, uri: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<boolean> {
  const answer = await client.send('PUT', uri, { body: bytes, headers: { 'if-none-match': '*' } });
  await discard(answer);
  throwIfCanceled(signal);
  return answer.status === 412 || answer.status === 409;
}

/** Some servers answer 201 to a part and replace the file with it, so only the bytes tell. */
async function writesRanges(client: HttpClient, uri: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<boolean> {
  const part = randomBytes(4);
  const put = await client.send('PUT', uri, { body: part, headers: rangeHeaders(8, part.length) });
  await discard(put);
  throwIfCanceled(signal);
  if (!isSuccess(put)) return false;
  const get = await client.send('GET', uri, { signal });
  const found = await client.body(get, bytes.length);
  return isSuccess(get) && found !== null && found.equals(Buffer.concat([bytes.subarray(0, 8), part, bytes.subarray(12)]));
}

async function allocates(client: HttpClient, uri: string, stored: string[], signal: AbortSignal | undefined): Promise<boolean> {
  stored.push(uri);
  const answer = await client.send('POST', uri, { headers: { 'x-expected-size': '4' } });
  await discard(answer);
  throwIfCanceled(signal);
  if (!isSuccess(answer)) return false;
  const moved = resolveSameOrigin(headerOf(answer, 'location') ?? uri, uri);
  if (moved !== uri) stored.push(moved);
  const put = await client.send('PUT', moved, { body: Buffer.from('room') });
  await discard(put);
  return isSuccess(put);
}

async function isTrue(answer: Promise<boolean>): Promise<boolean> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StorageError && error.code !== 'canceled' && error.code !== 'unavailable') return false;
    throw error;
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
