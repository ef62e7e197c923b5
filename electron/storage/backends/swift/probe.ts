import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type Checksum, formatChecksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type Answer, discard, headerOf, isSuccess } from '../../http/http-client.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import { type Findings, NOTHING_WRITTEN } from './findings.ts';
import { listObjects } from './listing.ts';
import { PROBE_NAME, containerUri, encodedName } from './names.ts';
import { MTIME_HEADER, askObjectIfThere, etagOf, factsIn, md5Of } from './object-facts.ts';
import type { ProbeOptions } from './probe-options.ts';
import { probeSegments } from './probe-segments.ts';
import { refusalOf } from './refusal.ts';
import { linkKeys, tryLinks } from './temp-url.ts';

const MTIME = '981173106.123';
/** Largest file that is read to find out what the server does, in bytes. */
const SMALL = 256 * 1024;

/**
 * Tries the container: lists it, and stores, asks about, copies and deletes small objects under names of its own. They are removed in
 * every case. @throws StorageError not_found (no such container), permission_denied (it can be neither read nor written), authentication_failed, unavailable
 */
export async function probeContainer(options: ProbeOptions): Promise<Findings> {
  const { client, place, readOnly, signal } = options;
  const head = await askContainer(options);
  const list = await client.send('GET', `${containerUri(place.storageUrl, place.container)}?format=json&limit=1`, { signal });
  await discard(list);
  const versioned = head !== null && ['x-versions-enabled', 'x-versions-location', 'x-history-location'].some((name) => isOn(headerOf(head, name)));
  const readSide = { list: isSuccess(list), versioned };
  const onlyRead = async (notTried: string, full = false): Promise<Findings> => ({ ...readSide, ...NOTHING_WRITTEN, full, ...(await probeReading(options, readSide.list)), notTried });
  if (readOnly) return onlyRead('the location is set to read only');

  const scratch = place.prefix + PROBE_NAME + randomUUID();
  const names = [scratch, `${scratch}-wrong`, `${scratch}-copy`];
  try {
    const bytes = randomBytes(32);
    // Without the signal: an object whose upload was cut could come to be after it was deleted. The same below.
    const put = await client.send('PUT', place.uriOf(scratch), { body: bytes, headers: { [MTIME_HEADER]: MTIME } });
    throwIfCanceled(signal);
    if (!isSuccess(put)) {
      const refused = await refusalOf(client, 'PUT', put, { storing: bytes.length });
      if (refused.code !== 'permission_denied' && refused.code !== 'out_of_space') throw refused;
      if (!readSide.list && head === null) throw refused;
      return await onlyRead(refused.message, refused.code === 'out_of_space');
    }
    await discard(put);
    const found = await Promise.all([probeObject(options, scratch, bytes, put), probeSegments(options, scratch), probeLinks(options, place.uriOf(scratch))]).catch((error: unknown) => {
      throwIfCanceled(signal);
      throw error;
    });
    const [object, segments, link] = found;
    return { ...readSide, write: true, full: false, ...object, segments, link, notTried: null };
  } finally {
    // Also after a cancel: the probe leaves nothing behind.
    for (const name of names) await client.send('DELETE', place.uriOf(name)).then(discard).catch(() => undefined);
  }
}

/** @returns null when this user may not look at it */
async function askContainer({ client, place, signal }: ProbeOptions): Promise<Answer | null> {
  const uri = containerUri(place.storageUrl, place.container);
  const head = await client.send('HEAD', uri, { signal });
  if (head.status === 404) {
    await discard(head);
    throw new StorageError('not_found', `There is no container ${JSON.stringify(place.container)} at ${place.storageUrl}: make it first, or check its name.`, { context: { uri, status: 404, field: 'container' } });
  }
  if (!isSuccess(head) && head.status !== 403) throw await refusalOf(client, 'HEAD', head);
  await discard(head);
  return isSuccess(head) ? head : null;
}

type ObjectFindings = Pick<Findings, 'rangeRead' | 'computesMd5' | 'refusesWrongMd5' | 'ifNoneMatch' | 'keepsModified' | 'copy'>;

async function probeObject({ client, place, signal }: ProbeOptions, name: string, bytes: Buffer, put: Answer): Promise<ObjectFindings> {
  const uri = place.uriOf(name);
  const md5 = md5Digest(bytes);
  const computesMd5 = md5Of(etagOf(put)) === md5;
  const [facts, range, wrong, taken] = await Promise.all([
    askObjectIfThere(client, uri, { signal, newest: true }),
    client.send('GET', uri, { signal, headers: { range: 'bytes=1-2' } }),
    client.send('PUT', place.uriOf(`${name}-wrong`), { body: bytes, headers: { etag: '0'.repeat(32) } }),
    client.send('PUT', uri, { body: bytes, headers: { 'if-none-match': '*', [MTIME_HEADER]: MTIME } }),
  ]);
  const part = await client.body(range, 2);
  await discard(wrong);
  await discard(taken);
  if (facts === null || facts.size !== bytes.length) throw notStorage(uri, facts === null ? 'then has no such file' : `then says that it has ${facts.size} bytes instead of ${bytes.length}`);
  const copied = await client.send('COPY', `${uri}?multipart-manifest=get`, { headers: { destination: `/${encodeURIComponent(place.container)}/${encodedName(`${name}-copy`)}`, 'content-length': '0' } });
  await discard(copied);
  throwIfCanceled(signal);
  const copy = isSuccess(copied) ? await askObjectIfThere(client, place.uriOf(`${name}-copy`), { signal, newest: true }) : null;
  return {
    computesMd5: computesMd5 && facts.md5 === md5,
    refusesWrongMd5: wrong.status === 422,
    ifNoneMatch: taken.status === 412,
    keepsModified: facts.headers[MTIME_HEADER] === MTIME,
    rangeRead: range.status === 206 && part !== null && part.equals(bytes.subarray(1, 3)),
    copy: copy?.size === bytes.length && copy.md5 === facts.md5,
  };
}

async function probeLinks({ client, plain, place, limits, session, signal }: ProbeOptions, uri: string): Promise<Findings['link']> {
  const keys = await linkKeys(client, place.storageUrl, place.container, { signal });
  return keys.length === 0 ? null : tryLinks(plain, uri, { keys, digests: limits.linkDigests, now: session.serverNow }, { signal });
}

/** Where nothing may be written, the first small file there is tells. */
async function probeReading(options: ProbeOptions, list: boolean): Promise<Pick<Findings, 'rangeRead' | 'computesMd5' | 'link'>> {
  const { client, place, signal } = options;
  const name = list ? await firstFile(options) : null;
  if (name === null) return { rangeRead: false, computesMd5: false, link: null };
  const uri = place.uriOf(name);
  const whole = await client.send('GET', uri, { signal });
  const bytes = await client.body(whole, SMALL);
  const range = await client.send('GET', uri, { signal, headers: { range: 'bytes=1-2' } });
  const part = await client.body(range, 2);
  return {
    rangeRead: range.status === 206 && part !== null && bytes !== null && part.equals(bytes.subarray(1, 3)),
    computesMd5: bytes !== null && factsIn(whole).md5 === md5Digest(bytes),
    link: await probeLinks(options, uri),
  };
}

function md5Digest(bytes: Uint8Array): Checksum {
  return formatChecksum('md5', createHash('md5').update(bytes).digest('hex'));
}

async function firstFile({ client, place, signal }: ProbeOptions): Promise<string | null> {
  for await (const page of listObjects(client, containerUri(place.storageUrl, place.container), { prefix: place.prefix, limit: 100, signal })) {
    const found = page.find((listed) => listed.kind === 'object' && (listed.size ?? 0) > 2 && (listed.size ?? 0) <= SMALL && !listed.name.split('/').some((part) => part === '.' || part === '..'));
    return found?.name ?? null;
  }
  return null;
}

function isOn(value: string | null): boolean {
  return value !== null && value !== '' && value.toLowerCase() !== 'false';
}

function notStorage(uri: string, why: string): StorageError {
  return new StorageError('invalid_config', `${uri} took a small file, but ${why}: this is not a Swift storage, or something stands before it.`, { context: { uri } });
}
