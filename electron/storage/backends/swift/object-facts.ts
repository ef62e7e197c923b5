import { type Checksum, formatChecksum } from '../../../../shared/storage/checksum.ts';
import { type Answer, type HttpClient, discard, headerOf, isSuccess } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';

/** Header in which a manifest names the upload whose segments it consists of: `beside:ID` or `inside:ID`. */
export const UPLOAD_HEADER = 'x-object-meta-holdfast-upload';
/** Seconds since 1970 with fractions, as rclone writes it too. */
export const MTIME_HEADER = 'x-object-meta-mtime';

/** Where large files are listed as their manifest, they are listed with this digest. */
export const MD5_OF_NOTHING: Checksum = 'md5:d41d8cd98f00b204e9800998ecf8427e';

/** What the server says of one object (https://docs.openstack.org/api-ref/object-store/#show-object-metadata). */
export interface ObjectFacts {
  /** bytes; of a large object those of all its segments */
  readonly size: number | null;
  /** `segments`: a manifest that names each of them (SLO); `prefix`: one that takes all objects whose names begin alike (DLO) */
  readonly kind: 'plain' | 'segments' | 'prefix' | 'folder';
  /** as it stands in `ETag`, without quotes */
  readonly etag: string | null;
  /** the MD5 that the server computed while it stored the object; null for large ones, whose ETag is another thing */
  readonly md5: Checksum | null;
  /** as kept by the one who stored it, else the time at which it was stored; ISO 8601 */
  readonly modified: string | null;
  /** ISO 8601 */
  readonly storedAt: string | null;
  readonly contentType: string;
  /** see {@link UPLOAD_HEADER} */
  readonly upload: string | null;
  readonly headers: Answer['headers'];
}

/** `newest`: ask all copies, so that a file that was just replaced is not found as it was before. @throws StorageError not_found */
export async function askObject(client: HttpClient, uri: string, { signal, newest = false }: OperationOptions & { readonly newest?: boolean } = {}): Promise<ObjectFacts> {
  const answer = await client.send('HEAD', uri, { signal, ...(newest && { headers: { 'x-newest': 'true' } }) });
  if (!isSuccess(answer)) throw await client.refusalOf('HEAD', answer);
  await discard(answer);
  return factsIn(answer);
}

/** As {@link askObject}. @returns null when there is none */
export async function askObjectIfThere(client: HttpClient, uri: string, options: OperationOptions & { readonly newest?: boolean } = {}): Promise<ObjectFacts | null> {
  const answer = await client.send('HEAD', uri, { signal: options.signal, ...(options.newest === true && { headers: { 'x-newest': 'true' } }) });
  if (!isSuccess(answer) && answer.status !== 404) throw await client.refusalOf('HEAD', answer);
  await discard(answer);
  return answer.status === 404 ? null : factsIn(answer);
}

export function factsIn(answer: Pick<Answer, 'headers'>): ObjectFacts {
  const header = (name: string): string | null => headerOf(answer as Answer, name);
  const contentType = header('content-type') ?? '';
  const kind = isTrue(header('x-static-large-object')) ? 'segments' : header('x-object-manifest') !== null ? 'prefix' : isFolderType(contentType) ? 'folder' : 'plain';
  const etag = etagOf(answer);
  const storedAt = timeOf(header('x-timestamp')) ?? isoOf(Date.parse(header('last-modified') ?? ''));
  return {
    size: countOf(header('content-length')),
    kind,
    etag,
    md5: kind === 'plain' || kind === 'folder' ? md5Of(etag) : null,
    modified: timeOf(header(MTIME_HEADER)) ?? storedAt,
    storedAt,
    contentType,
    upload: header(UPLOAD_HEADER),
    headers: answer.headers,
  };
}

/** Without the quotes that some answers have. */
export function etagOf(answer: Pick<Answer, 'headers'>): string | null {
  return headerOf(answer as Answer, 'etag')?.replace(/^"(.*)"$/, '$1') ?? null;
}

export function md5Of(etag: string | null): Checksum | null {
  return etag !== null && /^[0-9a-f]{32}$/i.test(etag) ? formatChecksum('md5', etag) : null;
}

/** Other programs mark folders by empty objects of this type. */
export function isFolderType(contentType: string): boolean {
  return /^application\/directory\b/i.test(contentType);
}

/** For {@link MTIME_HEADER}. */
export function mtimeText(modified: Date): string {
  return (modified.getTime() / 1000).toFixed(3);
}

/** Fractions of seconds are no exact numbers, so that .123 may come out as .12299. In ms. */
const ROUNDING = 0.001;

/** The time that a file then has. */
export function keptTime(modified: Date): string | null {
  return timeOf(mtimeText(modified));
}

function isTrue(value: string | null): boolean {
  return value !== null && /^(true|1|yes|on|t|y)$/i.test(value);
}

function timeOf(seconds: string | null): string | null {
  return seconds !== null && /^-?\d{1,12}(\.\d{1,12})?$/.test(seconds) ? isoOf(Math.floor(Number(seconds) * 1000 + ROUNDING)) : null;
}

function isoOf(milliseconds: number): string | null {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function countOf(text: string | null): number | null {
  const value = text !== null && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}
