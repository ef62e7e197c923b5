import { headerOf, quoted, type S3Exchange } from './s3-exchange.ts';
import { noSuchKey, preconditionFailed, S3Error } from './s3-error.ts';
import type { Bucket, S3Version } from './s3-store.ts';

/**
 * `If-None-Match: *` and `If-Match` of requests that write (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 *
 * @throws S3Error PreconditionFailed, or NoSuchKey when `If-Match` finds nothing
 */
export function checkWrite(exchange: S3Exchange, bucket: Bucket): void {
  const current = exchange.store.current(bucket, exchange.key);
  const found = current === undefined || current.deleted ? null : current;
  const noneMatch = headerOf(exchange, 'if-none-match');
  if (noneMatch !== undefined && noneMatch !== '*') throw new S3Error(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented', { Header: 'If-None-Match' });
  if (noneMatch === '*' && found !== null) throw preconditionFailed('If-None-Match');
  const match = headerOf(exchange, 'if-match');
  if (match === undefined) return;
  if (found === null) throw noSuchKey(exchange.key);
  if (match !== '*' && bare(match) !== found.etag) throw preconditionFailed('If-Match');
}

/** @returns whether the reader has it already. @throws S3Error PreconditionFailed */
export function checkRead(exchange: S3Exchange, version: S3Version): boolean {
  const match = headerOf(exchange, 'if-match');
  if (match !== undefined && match !== '*' && bare(match) !== version.etag) throw preconditionFailed('If-Match');
  const noneMatch = headerOf(exchange, 'if-none-match');
  if (noneMatch !== undefined) return noneMatch === '*' || bare(noneMatch) === version.etag;
  const unmodified = headerOf(exchange, 'if-unmodified-since');
  if (match === undefined && unmodified !== undefined && seconds(version.modified) > Date.parse(unmodified)) throw preconditionFailed('If-Unmodified-Since');
  const since = headerOf(exchange, 'if-modified-since');
  return since !== undefined && seconds(version.modified) <= Date.parse(since);
}

/** Of a copy's source. @throws S3Error PreconditionFailed */
export function checkSource(exchange: S3Exchange, version: S3Version): void {
  const match = headerOf(exchange, 'x-amz-copy-source-if-match');
  if (match !== undefined && bare(match) !== version.etag) throw preconditionFailed('x-amz-copy-source-If-Match');
  const noneMatch = headerOf(exchange, 'x-amz-copy-source-if-none-match');
  if (noneMatch !== undefined && bare(noneMatch) === version.etag) throw preconditionFailed('x-amz-copy-source-If-None-Match');
}

/** Dates in headers have no fractions. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}

function bare(etag: string): string {
  return etag.startsWith('"') && quoted(etag.slice(1, -1)) === etag ? etag.slice(1, -1) : etag;
}
