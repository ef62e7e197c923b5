import { pipeline } from 'node:stream/promises';
import { xmlName } from './s3-checksums.ts';
import { checkRead } from './s3-conditions.ts';
import { invalidArgument, noSuchKey, S3Error } from './s3-error.ts';
import { answer, answerXml, bucketOf, headerOf, partNumberOf, quoted, takeLie, versionHeaders, type Headers, type S3Exchange } from './s3-exchange.ts';
import { readBlobs, type S3Version } from './s3-store.ts';
import type { XmlValue } from './s3-xml.ts';

/** The version that is asked for. @throws S3Error NoSuchKey, NoSuchVersion, MethodNotAllowed for the mark of a deletion */
export function versionOf(exchange: S3Exchange, key = exchange.key, versionId = exchange.query.get('versionId'), bucket = bucketOf(exchange)): S3Version {
  const version = versionId === undefined ? exchange.store.current(bucket, key) : bucket.versions.get(key)?.find(({ id }) => id === versionId);
  if (version === undefined) throw versionId === undefined ? noSuchKey(key) : new S3Error(404, 'NoSuchVersion', 'The specified version does not exist.', { Key: key, VersionId: versionId });
  if (!version.deleted) return version;
  if (versionId === undefined) throw noSuchKey(key, versionHeaders(bucket, version));
  throw new S3Error(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.', {}, { ...versionHeaders(bucket, version), allow: 'DELETE' });
}

interface Slice {
  readonly start: number;
  /** included */
  readonly end: number;
  readonly partial: boolean;
}

/** GetObject and HeadObject. */
export async function getObject(exchange: S3Exchange): Promise<void> {
  const version = versionOf(exchange);
  const part = partNumberOf(exchange);
  const slice = part === null ? rangeOf(headerOf(exchange, 'range'), version.size) : partSlice(version, part);
  const headers: Headers = {
    ...version.headers,
    'accept-ranges': 'bytes',
    etag: quoted(version.etag),
    'last-modified': version.modified.toUTCString(),
    ...versionHeaders(bucketOf(exchange), version),
    ...(version.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': version.storageClass }),
    ...(part !== null && version.parts !== null ? { 'x-amz-mp-parts-count': version.parts.length } : {}),
  };
  if (checkRead(exchange, version)) return answer(exchange, 304, headers);
  const head = exchange.request.method === 'HEAD';
  const length = slice.end - slice.start + 1;
  const said = head ? (takeLie(exchange, 'head size')?.size ?? length) : length;
  exchange.response.writeHead(slice.partial ? 206 : 200, {
    ...headers,
    ...checksumHeaders(exchange, version, slice, part),
    'content-length': said,
    ...(slice.partial ? { 'content-range': `bytes ${slice.start}-${slice.end}/${version.size}` } : {}),
  });
  if (head || length === 0) return void exchange.response.end();
  await pipeline(readBlobs(version.blobs, slice.start, slice.end), exchange.response);
}

/** Only where asked for, and for the whole object or a part of a multipart upload. */
function checksumHeaders(exchange: S3Exchange, version: S3Version, slice: Slice, part: number | null): Headers {
  if (headerOf(exchange, 'x-amz-checksum-mode')?.toUpperCase() !== 'ENABLED') return {};
  const ofPart = part === null ? null : version.parts?.[part - 1]?.checksum;
  const checksum = ofPart ?? (slice.partial ? null : version.checksum);
  return checksum === null ? {} : { [`x-amz-checksum-${checksum.name}`]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** One range; others and malformed ones are taken as none, as RFC 9110 section 14.2 lets a server do. @throws S3Error InvalidRange */
export function rangeOf(text: string | undefined, size: number): Slice {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(text ?? '') ?? [];
  if (first === '' && last === '') return { start: 0, end: size - 1, partial: false };
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < start) return { start: 0, end: size - 1, partial: false };
  if (start >= size) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable', { ActualObjectSize: String(size) }, { 'content-range': `bytes */${size}` });
  return { start, end, partial: true };
}

function partSlice(version: S3Version, number: number): Slice {
  const sizes = version.parts?.map(({ blob }) => blob.size) ?? [version.size];
  const size = sizes[number - 1];
  if (size === undefined) throw new S3Error(416, 'InvalidPartNumber', 'The requested partnumber is not satisfiable', { PartNumberRequested: String(number), ActualPartCount: String(sizes.length) });
  const start = sizes.slice(0, number - 1).reduce((sum, one) => sum + one, 0);
  return { start, end: start + size - 1, partial: true };
}

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

export function getObjectAttributes(exchange: S3Exchange): void {
  const version = versionOf(exchange);
  const wanted = (headerOf(exchange, 'x-amz-object-attributes') ?? '').split(',').map((one) => one.trim());
  if (wanted.some((one) => !ATTRIBUTES.includes(one))) throw invalidArgument('Invalid attribute name specified.');
  const all: Readonly<Record<string, XmlValue>> = {
    ETag: version.etag,
    Checksum: version.checksum === null ? undefined : { [xmlName(version.checksum.name)]: version.checksum.value, ChecksumType: version.checksum.type },
    ObjectParts: version.parts === null ? undefined : partsOf(exchange, version.parts),
    StorageClass: version.storageClass,
    ObjectSize: version.size,
  };
  const content = Object.fromEntries(ATTRIBUTES.filter((one) => wanted.includes(one)).map((one) => [one, all[one]]));
  answerXml(exchange, 'GetObjectAttributesResponse', content, { 'last-modified': version.modified.toUTCString(), ...versionHeaders(bucketOf(exchange), version) });
}

function partsOf(exchange: S3Exchange, parts: NonNullable<S3Version['parts']>): XmlValue {
  const marker = Number(headerOf(exchange, 'x-amz-part-number-marker') ?? 0);
  const most = Math.min(Number(headerOf(exchange, 'x-amz-max-parts') ?? 1000), exchange.options.pageSize);
  const after = parts.filter(({ number }) => number > marker);
  const page = after.slice(0, most);
  return {
    PartsCount: parts.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: most,
    IsTruncated: after.length > page.length,
    // S3 tells of the parts one by one only when they have checksums.
    Part: page.flatMap(({ number, blob, checksum }) => (checksum === null ? [] : [{ PartNumber: number, Size: blob.size, [xmlName(checksum.name)]: checksum.value }])),
  };
}
