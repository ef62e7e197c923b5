import { answerXml, bucketOf, quoted, takeLie, type S3Exchange } from './s3-exchange.ts';
import { invalidArgument } from './s3-error.ts';
import type { S3Version } from './s3-store.ts';
import type { XmlValue } from './s3-xml.ts';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly prefixes: readonly string[];
  /** the last item or prefix, when more follow */
  readonly next: Item | string | null;
}

/** Cuts a sorted list into a page, with what `delimiter` folds. */
function pageOf<Item>(items: Iterable<Item>, keyOf: (item: Item) => string, { prefix, delimiter, most }: { prefix: string; delimiter: string; most: number }): Page<Item> {
  const taken: Item[] = [];
  const prefixes: string[] = [];
  let last: Item | string | null = null;
  for (const item of items) {
    const key = keyOf(item);
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const folded = at === -1 ? null : key.slice(0, at + delimiter.length);
    if (folded !== null && folded === prefixes.at(-1)) continue;
    if (taken.length + prefixes.length >= most) return { items: taken, prefixes, next: last };
    if (folded === null) taken.push(item);
    else prefixes.push(folded);
    last = folded ?? item;
  }
  return { items: taken, prefixes, next: null };
}

function commonOf({ query, options }: S3Exchange, maximum: string) {
  const most = Number(query.get(maximum) ?? 1000);
  if (!Number.isInteger(most) || most < 0) throw invalidArgument(`Provided ${maximum} not an integer or within integer range`);
  const encode = query.get('encoding-type') === 'url' ? (text: string) => encodeURIComponent(text).replaceAll('%2F', '/') : (text: string) => text;
  return { prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '', most: Math.min(most, options.pageSize), encode };
}

const after = (key: string, marker: string) => Buffer.compare(Buffer.from(key), Buffer.from(marker)) > 0;

export function listObjectsV2(exchange: S3Exchange): void {
  const { query, store } = exchange;
  const bucket = bucketOf(exchange);
  const common = commonOf(exchange, 'max-keys');
  const { prefix, delimiter, encode } = common;
  const token = query.get('continuation-token');
  const marker = token === undefined ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const folded = token !== undefined && delimiter !== '' && marker.endsWith(delimiter);
  const keys = store.keys(bucket).filter((key) => store.exists(bucket, key) && after(key, marker) && !(folded && key.startsWith(marker)));
  const { items, prefixes, next } = pageOf(keys, (key) => key, common);
  const objects = items.map((key) => store.current(bucket, key)).filter((one) => one !== undefined);
  const invented = token === undefined ? (takeLie(exchange, 'list')?.names ?? []) : [];
  const names = invented.filter((name) => name.startsWith(prefix));
  answerXml(exchange, 'ListBucketResult', {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: common.most,
    EncodingType: query.get('encoding-type'),
    KeyCount: objects.length + prefixes.length + names.length,
    IsTruncated: next !== null,
    ContinuationToken: token,
    NextContinuationToken: next === null ? undefined : Buffer.from(next).toString('base64url'),
    StartAfter: query.has('start-after') ? encode(query.get('start-after') ?? '') : undefined,
    Contents: [...objects.map((version) => contentOf(version, encode)), ...names.map((name) => ({ Key: encode(name), LastModified: exchange.now.toISOString(), ETag: quoted('0'.repeat(32)), Size: 1, StorageClass: 'STANDARD' }))],
    CommonPrefixes: prefixes.map((one) => ({ Prefix: encode(one) })),
  });
}

function contentOf({ key, modified, etag, size, storageClass, checksum }: S3Version, encode: (text: string) => string): XmlValue {
  return { Key: encode(key), LastModified: modified.toISOString(), ETag: quoted(etag), Size: size, StorageClass: storageClass, ...(checksum === null ? {} : { ChecksumAlgorithm: checksum.name.toUpperCase(), ChecksumType: checksum.type }) };
}

export function listObjectVersions(exchange: S3Exchange): void {
  const { query, store } = exchange;
  const bucket = bucketOf(exchange);
  const common = commonOf(exchange, 'max-keys');
  const { prefix, delimiter, encode } = common;
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('version-id-marker');
  const folded = delimiter !== '' && keyMarker.endsWith(delimiter);
  const all = store.keys(bucket).flatMap((key) => bucket.versions.get(key) ?? []);
  const passed = idMarker === undefined ? -1 : all.findIndex(({ key, id }) => key === keyMarker && id === idMarker);
  const left = all.filter(({ key }, at) => (passed === -1 ? after(key, keyMarker) && !(folded && key.startsWith(keyMarker)) : at > passed));
  const { items, prefixes, next } = pageOf(left, ({ key }) => key, common);
  const entry = (version: S3Version): { readonly [name: string]: XmlValue } => ({ Key: encode(version.key), VersionId: version.id, IsLatest: store.current(bucket, version.key) === version, LastModified: version.modified.toISOString() });
  answerXml(exchange, 'ListVersionsResult', {
    Name: bucket.name,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: idMarker,
    MaxKeys: common.most,
    EncodingType: query.get('encoding-type'),
    IsTruncated: next !== null,
    NextKeyMarker: next === null ? undefined : encode(typeof next === 'string' ? next : next.key),
    NextVersionIdMarker: next === null || typeof next === 'string' ? undefined : next.id,
    Version: items.filter(({ deleted }) => !deleted).map((version) => ({ ...entry(version), ETag: quoted(version.etag), Size: version.size, StorageClass: version.storageClass })),
    DeleteMarker: items.filter(({ deleted }) => deleted).map(entry),
    CommonPrefixes: prefixes.map((one) => ({ Prefix: encode(one) })),
  });
}

export function listMultipartUploads(exchange: S3Exchange): void {
  const { query } = exchange;
  const bucket = bucketOf(exchange);
  const common = commonOf(exchange, 'max-uploads');
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker');
  const all = [...bucket.uploads.values()].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || a.started.getTime() - b.started.getTime() || (a.id < b.id ? -1 : 1));
  const passed = idMarker === undefined ? -1 : all.findIndex(({ key, id }) => key === keyMarker && id === idMarker);
  const left = all.filter(({ key }, at) => (passed === -1 ? after(key, keyMarker) : at > passed));
  const { items, prefixes, next } = pageOf(left, ({ key }) => key, common);
  answerXml(exchange, 'ListMultipartUploadsResult', {
    Bucket: bucket.name,
    KeyMarker: keyMarker,
    UploadIdMarker: idMarker,
    Prefix: common.encode(common.prefix),
    MaxUploads: common.most,
    IsTruncated: next !== null,
    NextKeyMarker: next === null ? undefined : common.encode(typeof next === 'string' ? next : next.key),
    NextUploadIdMarker: next === null || typeof next === 'string' ? undefined : next.id,
    Upload: items.map(({ key, id, started, initiator, algorithm, type, storageClass }) => ({ Key: common.encode(key), UploadId: id, Initiator: { ID: initiator, DisplayName: initiator }, Initiated: started.toISOString(), StorageClass: storageClass, ChecksumAlgorithm: algorithm?.toUpperCase(), ChecksumType: type })),
    CommonPrefixes: prefixes.map((one) => ({ Prefix: common.encode(one) })),
  });
}
