import { createHash } from 'node:crypto';
import type { Checksum } from '../../../../shared/storage/checksum.ts';
import { checksumHex } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type Answer, type HttpClient, isSuccess } from '../../http/http-client.ts';
import { codeOfStatus, serverWords } from '../../http/status.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { startOver } from '../../write-handle.ts';
import { readLongAnswer } from './long-answer.ts';
import { md5Of } from './object-facts.ts';
import { ask, refusalOf } from './refusal.ts';

/** Manifests with more segments may take the server so long that it must show that it is alive. */
const MANY_SEGMENTS = 20;
/** What Swift and Ceph answer to a manifest whose segments are not there or are others. */
const NO_SUCH_SEGMENTS: ReadonlySet<number> = new Set([400, 404]);
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/** One segment of a large file, as a manifest names it. */
export interface Segment {
  /** `/container/name` */
  readonly path: string;
  readonly size: number;
  readonly md5: Checksum;
}

export interface FoundSegment extends Segment {
  /** it is a large file of segments itself */
  readonly nested: boolean;
}

/** What the server gives as ETag of a large file: the MD5 of the MD5s of its segments, in hexadecimal digits one after the other. */
export function manifestEtag(segments: readonly Pick<Segment, 'md5'>[]): string {
  return createHash('md5').update(segments.map(({ md5 }) => checksumHex(md5)).join('')).digest('hex');
}

/**
 * Makes a large file of its segments (https://docs.openstack.org/swift/latest/overview_large_objects.html#static-large-objects). The server
 * looks at each of them first. Without a signal: half a manifest is none, and afterwards it must be known whether there is one.
 * @throws StorageError already_exists; out_of_space; unavailable with `startOver` when the server does not accept the segments
 */
export async function putManifest(client: HttpClient, uri: string, segments: readonly Segment[], headers: Readonly<Record<string, string>>): Promise<void> {
  const body = Buffer.from(JSON.stringify(segments.map(({ path, size, md5 }) => ({ path, etag: checksumHex(md5), size_bytes: size }))));
  const beats = segments.length > MANY_SEGMENTS ? '&heartbeat=on' : '';
  const answer = await client.send('PUT', `${uri}?multipart-manifest=put${beats}`, { body, headers: { accept: 'application/json', ...headers }, workload: segments.length * 1024 * 1024 });
  if (!isSuccess(answer)) {
    const refused = await refusalOf(client, 'PUT', answer);
    // Ceph counts the whole file once more here. The list itself is within the limits that the server told.
    if (answer.status === 413) throw new StorageError('out_of_space', `${uri} is larger than the quota of the account or the container leaves. ${refused.message}`, { cause: refused, context: refused.context });
    throw NO_SUCH_SEGMENTS.has(answer.status) ? notAccepted(uri, refused.message) : refused;
  }
  const { status, words } = await readLongAnswer(answer);
  if (NO_SUCH_SEGMENTS.has(status)) throw notAccepted(uri, serverWords(words, []));
  if (status < 200 || status > 299) throw new StorageError(codeOfStatus(status), `The server answered ${status} to the list of segments of ${uri}: ${serverWords(words, [])}.`, { context: { uri, status } });
}

/** @returns null where the server does not give manifests */
export async function readManifest(client: HttpClient, uri: string, { signal }: OperationOptions = {}): Promise<readonly FoundSegment[] | null> {
  const text = await client.text(await ask(client, 'GET', `${uri}?multipart-manifest=get`, { signal }), MAX_MANIFEST_BYTES);
  return text === null ? null : segmentsIn(text);
}

export function segmentsIn(text: string): readonly FoundSegment[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  const segments = value.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return null;
    const { name, bytes, hash, sub_slo: nested } = entry as Readonly<Record<string, unknown>>;
    const md5 = typeof hash === 'string' ? md5Of(hash.replace(/^"(.*)"$/, '$1')) : null;
    return typeof name === 'string' && /^\/[^/]+\/./.test(name) && typeof bytes === 'number' && md5 !== null ? { path: name, size: bytes, md5, nested: nested === true } : null;
  });
  return segments.every((segment) => segment !== null) ? segments : null;
}

/** Removes a large file with its segments; the server does all of it. @throws StorageError not_found */
export async function deleteWithSegments(client: HttpClient, uri: string, { signal }: OperationOptions = {}): Promise<void> {
  const answer: Answer = await ask(client, 'DELETE', `${uri}?multipart-manifest=delete`, { signal, headers: { accept: 'application/json' } });
  const { status, words } = await readLongAnswer(answer);
  if (status < 200 || status > 299) throw new StorageError(codeOfStatus(status), `The server answered ${status} to DELETE ${uri} with its segments: ${serverWords(words, [])}.`, { context: { uri, status } });
}

function notAccepted(uri: string, words: string): StorageError {
  return startOver(`The server does not accept the segments of ${uri}; they may have been removed meanwhile: ${words}`);
}
