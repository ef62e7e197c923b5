import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createDigester, parseChecksumName, xmlName, type ChecksumName, type StoredChecksum } from './s3-checksums.ts';
import { checkSource, checkWrite } from './s3-conditions.ts';
import { accessDenied, invalidArgument, invalidRequest, S3Error } from './s3-error.ts';
import { answer, answerXml, bucketOf, headerOf, keptHeaders, quoted, takeLie, versionHeaders, type Headers, type S3Exchange } from './s3-exchange.ts';
import { rangeOf, versionOf } from './s3-reading.ts';
import { receive, receiveText } from './s3-receive.ts';
import { decode } from './s3-signature.ts';
import { readBlobs, removeBlobs, type Blob, type Bucket, type S3Version } from './s3-store.ts';
import { parseXml, toXml, type XmlValue } from './s3-xml.ts';

/** What S3 computes where the client declares nothing. */
export const DEFAULT_CHECKSUM: ChecksumName = 'crc64nvme';

export async function putObject(exchange: S3Exchange): Promise<void> {
  const bucket = bucketOf(exchange);
  checkKey(exchange.key);
  checkWrite(exchange, bucket);
  const { blob, md5, checksum } = await receive(exchange, DEFAULT_CHECKSUM);
  const version: S3Version = {
    ...newVersion(exchange, bucket),
    blobs: [blob],
    size: blob.size,
    etag: md5,
    checksum: { ...checksum, type: 'FULL_OBJECT' },
    headers: keptHeaders(exchange),
    storageClass: headerOf(exchange, 'x-amz-storage-class') ?? 'STANDARD',
  };
  await publishUnlessTaken(exchange, bucket, version);
  if (!exchange.response.headersSent) answer(exchange, 200, { etag: quoted(md5), ...writtenHeaders(version.checksum), ...versionHeaders(bucket, version) });
}

/** Another one may have been faster since the body began. */
async function publishUnlessTaken(exchange: S3Exchange, bucket: Bucket, version: S3Version): Promise<void> {
  try {
    checkWrite(exchange, bucket);
  } catch (error) {
    await removeBlobs(version.blobs);
    throw error;
  }
  await exchange.store.publish(bucket, version);
}

export function writtenHeaders(checksum: StoredChecksum | null): Headers {
  return checksum === null ? {} : { [`x-amz-checksum-${checksum.name}`]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

export function newVersion({ store, key, now }: S3Exchange, bucket: Bucket): Pick<S3Version, 'key' | 'id' | 'deleted' | 'parts' | 'modified'> {
  return { key, id: store.newVersionId(bucket), deleted: false, parts: null, modified: now };
}

export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > 1024) throw new S3Error(400, 'KeyTooLongError', 'Your key is too long');
}

export async function copyObject(exchange: S3Exchange): Promise<void> {
  const bucket = bucketOf(exchange);
  checkKey(exchange.key);
  const source = copySource(exchange);
  checkWrite(exchange, bucket);
  const replace = headerOf(exchange, 'x-amz-metadata-directive')?.toUpperCase() === 'REPLACE';
  const storageClass = headerOf(exchange, 'x-amz-storage-class');
  if (source === exchange.store.current(bucket, exchange.key) && !replace && storageClass === undefined) {
    throw invalidRequest("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.");
  }
  if (source.size > exchange.options.maximumPut) throw invalidRequest(`The specified copy source is larger than the maximum allowable size for a copy source: ${exchange.options.maximumPut}`);
  const late = takeLie(exchange, 'late error');
  if (late !== null) return answer(exchange, 200, {}, toXml('Error', { Code: late.code, Message: 'We encountered an internal error. Please try again.' }));
  const algorithm = headerOf(exchange, 'x-amz-checksum-algorithm');
  const { blob, md5, checksum } = await copyBytes(exchange, source, 0, source.size - 1, algorithm === undefined ? (source.checksum?.name ?? DEFAULT_CHECKSUM) : parseChecksumName(algorithm));
  const version: S3Version = {
    ...newVersion(exchange, bucket),
    blobs: [blob],
    size: blob.size,
    etag: md5,
    checksum,
    headers: replace ? keptHeaders(exchange) : source.headers,
    storageClass: storageClass ?? 'STANDARD',
  };
  await publishUnlessTaken(exchange, bucket, version);
  answerXml(exchange, 'CopyObjectResult', { ETag: quoted(md5), LastModified: version.modified.toISOString(), [xmlName(checksum.name)]: checksum.value, ChecksumType: checksum.type }, versionHeaders(bucket, version));
}

/** `bucket/key` or `/bucket/key`, encoded, with `?versionId=` where wanted. */
export function copySource(exchange: S3Exchange): S3Version {
  const [path = '', versionId] = (headerOf(exchange, 'x-amz-copy-source') ?? '').split('?versionId=');
  const [name = '', ...key] = decode(path.replace(/^\//, '')).split('/');
  if (key.length === 0) throw invalidArgument('Invalid copy source object key');
  const version = versionOf(exchange, key.join('/'), versionId, exchange.store.bucket(name));
  checkSource(exchange, version);
  return version;
}

/** The range that UploadPartCopy takes of its source. @throws S3Error InvalidArgument where S3 knows no others */
export function copyRange(exchange: S3Exchange, { size }: S3Version): { start: number; end: number } {
  const text = headerOf(exchange, 'x-amz-copy-source-range');
  if (text === undefined) return { start: 0, end: size - 1 };
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(text) ?? [];
  if (start === undefined || end === undefined || Number(end) < Number(start) || Number(end) >= size) throw invalidArgument(`The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy, within the source of ${size} bytes`);
  return rangeOf(text, size);
}

export async function copyBytes({ store }: S3Exchange, source: S3Version, start: number, end: number, name: ChecksumName): Promise<{ blob: Blob; md5: string; checksum: StoredChecksum }> {
  const digesters = { md5: await createDigester('md5'), checksum: await createDigester(name) };
  const file = store.newBlob();
  let size = 0;
  async function* digested(): AsyncGenerator<Buffer> {
    for await (const piece of readBlobs(source.blobs, start, end)) {
      digesters.md5.update(piece);
      digesters.checksum.update(piece);
      size += piece.length;
      yield piece;
    }
  }
  try {
    await pipeline(digested, createWriteStream(file));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return { blob: { file, size }, md5: digesters.md5.digest().toString('hex'), checksum: { name, value: digesters.checksum.digest().toString('base64'), type: 'FULL_OBJECT' } };
}

export async function deleteObject(exchange: S3Exchange): Promise<void> {
  const bucket = bucketOf(exchange);
  const deleted = await removeVersion(exchange, bucket, exchange.key, exchange.query.get('versionId'));
  answer(exchange, 204, deleted === null ? {} : versionHeaders(bucket, deleted));
}

/** @returns the mark that was made, or the version that is gone; null when there was nothing */
async function removeVersion({ store, now }: S3Exchange, bucket: Bucket, key: string, versionId: string | undefined): Promise<S3Version | null> {
  if (versionId !== undefined) {
    const version = bucket.versions.get(key)?.find(({ id }) => id === versionId);
    if (version === undefined) return null;
    await store.remove(bucket, version);
    return version;
  }
  if (bucket.versioning === null) {
    const current = store.current(bucket, key);
    if (current !== undefined) await store.remove(bucket, current);
    return null;
  }
  const mark: S3Version = { key, id: store.newVersionId(bucket), deleted: true, blobs: [], size: 0, etag: '', checksum: null, parts: null, modified: now, headers: {}, storageClass: 'STANDARD' };
  await store.publish(bucket, mark);
  return mark;
}

export async function deleteObjects(exchange: S3Exchange): Promise<void> {
  const bucket = bucketOf(exchange);
  const { text, declared } = await receiveText(exchange);
  if (!declared) throw invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  const wish = parseXml(text, 'Delete');
  const objects = Array.isArray(wish['Object']) ? (wish['Object'] as readonly { Key?: string; VersionId?: string }[]) : [];
  if (objects.length === 0 || objects.length > 1000) throw new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate against our published schema');
  const done: XmlValue[] = [];
  for (const { Key = '', VersionId } of objects) {
    const gone = await removeVersion(exchange, bucket, Key, VersionId);
    const mark = gone !== null && gone.deleted;
    done.push({ Key, VersionId, DeleteMarker: mark || undefined, DeleteMarkerVersionId: mark ? gone.id : undefined });
  }
  answerXml(exchange, 'DeleteResult', wish['Quiet'] === 'true' ? {} : { Deleted: done });
}

/** Who may only read changes nothing. */
export function checkRights({ signature, request }: Pick<S3Exchange, 'signature' | 'request'>): void {
  if (signature.user.readOnly && !['GET', 'HEAD'].includes(request.method ?? '')) throw accessDenied();
}
