import type { IncomingMessage, ServerResponse } from 'node:http';
import type { S3Lies, S3LieKind, S3Lie } from './s3-lies.ts';
import type { S3FixtureOptions } from './s3-options.ts';
import { header, type Signature } from './s3-signature.ts';
import type { Bucket, S3Store, S3Version } from './s3-store.ts';
import { toXml, type XmlValue } from './s3-xml.ts';

/** One request on its way through the server. */
export interface S3Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly operation: string;
  readonly bucketName: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly options: S3FixtureOptions;
  readonly store: S3Store;
  readonly lies: S3Lies;
  readonly signature: Signature;
  /** the server's clock */
  readonly now: Date;
}

export function bucketOf({ store, bucketName }: S3Exchange): Bucket {
  return store.bucket(bucketName);
}

export function headerOf({ request }: S3Exchange, name: string): string | undefined {
  return header(request.headers, name);
}

export function partNumberOf({ query }: S3Exchange): number | null {
  return query.has('partNumber') ? Number(query.get('partNumber')) : null;
}

export function takeLie<Kind extends S3LieKind>(exchange: S3Exchange, kind: Kind): Extract<S3Lie, { readonly kind: Kind }> | null {
  return exchange.lies.take(kind, { operation: exchange.operation, key: exchange.key, partNumber: partNumberOf(exchange) });
}

export type Headers = Readonly<Record<string, string | number>>;

export function answer({ response, request }: S3Exchange, status: number, headers: Headers = {}, body = ''): void {
  response.writeHead(status, { ...(body === '' ? {} : { 'content-type': 'application/xml' }), ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers });
  response.end(request.method === 'HEAD' ? '' : body);
}

export function answerXml(exchange: S3Exchange, root: string, content: { readonly [name: string]: XmlValue }, headers: Headers = {}): void {
  answer(exchange, 200, headers, toXml(root, content));
}

/** What tells of the version in answers; nothing without versioning. */
export function versionHeaders(bucket: Bucket, { id, deleted }: Pick<S3Version, 'id' | 'deleted'>): Readonly<Record<string, string>> {
  return { ...(bucket.versioning === null ? {} : { 'x-amz-version-id': id }), ...(deleted ? { 'x-amz-delete-marker': 'true' } : {}) };
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

/** Headers that an object keeps as they came. */
const KEPT = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires'];

export function keptHeaders(exchange: S3Exchange): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(exchange.request.headers)) if (typeof value === 'string' && (KEPT.includes(name) || name.startsWith('x-amz-meta-'))) kept[name] = value;
  const encodings = (headerOf(exchange, 'content-encoding') ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '' && one !== 'aws-chunked');
  if (encodings.length > 0) kept['content-encoding'] = encodings.join(',');
  kept['content-type'] ??= 'binary/octet-stream';
  return kept;
}
