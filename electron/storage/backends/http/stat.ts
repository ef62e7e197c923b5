import { StorageError } from '../../../../shared/storage/errors.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { type Answer, discard, headerOf, type HttpClient, isFolderRedirect, isSuccess } from '../../http/http-client.ts';
import { isIdentity } from '../../http/open-file.ts';

export type Stat =
  | { readonly kind: 'folder' }
  | {
      readonly kind: 'file';
      /** after redirects */
      readonly uri: string;
      /** bytes; null when the server does not say */
      readonly size: number | null;
      readonly modified: Date | null;
      /** it says of itself that it is JSON, as an index does */
      readonly isJson: boolean;
    };

/** Asks with HEAD, and with a GET of one byte where the server knows no HEAD or gives no length in it. @throws StorageError not_found */
export async function statUri(client: HttpClient, uri: string, { signal }: OperationOptions = {}): Promise<Stat> {
  const head = await client.send('HEAD', uri, { signal });
  await discard(head);
  if (isFolderRedirect(head)) return { kind: 'folder' };
  const size = isSuccess(head) && isIdentity(head) ? parseLength(headerOf(head, 'content-length')) : null;
  if (size !== null) return { kind: 'file', uri: head.uri, size, modified: modifiedOf(head), isJson: isJson(head) };
  if (!isSuccess(head) && head.status !== 405 && head.status !== 501) throw await client.refusalOf('HEAD', head);

  const get = await client.send('GET', uri, { signal, headers: { range: 'bytes=0-0' } });
  if (isFolderRedirect(get)) {
    await discard(get);
    return { kind: 'folder' };
  }
  if (!isSuccess(get) && get.status !== 416) throw await client.refusalOf('GET', get);
  get.body.destroy();
  return { kind: 'file', uri: get.uri, size: isIdentity(get) ? sizeOfRange(get) : null, modified: modifiedOf(get), isJson: isJson(get) };
}

/** @throws StorageError invalid_location for a folder */
export async function statFile(client: HttpClient, uri: string, options: OperationOptions = {}): Promise<Extract<Stat, { readonly kind: 'file' }>> {
  const stat = await statUri(client, uri, options);
  if (stat.kind === 'file') return stat;
  throw new StorageError('invalid_location', `${uri} is a folder: expected a file.`, { context: { uri } });
}

/** The total in `Content-Range` (RFC 9110 section 14.4); an answer without a range is the whole file. */
function sizeOfRange(answer: Answer): number | null {
  if (answer.status === 200) return parseLength(headerOf(answer, 'content-length'));
  return parseLength(/^bytes (?:\*|\d+-\d+)\/(\d+)$/.exec(headerOf(answer, 'content-range') ?? '')?.[1] ?? null);
}

function parseLength(text: string | null): number | null {
  if (text === null || !/^\d{1,16}$/.test(text)) return null;
  const length = Number(text);
  return Number.isSafeInteger(length) ? length : null;
}

function modifiedOf(answer: Answer): Date | null {
  const time = Date.parse(headerOf(answer, 'last-modified') ?? '');
  return Number.isNaN(time) ? null : new Date(time);
}

function isJson(answer: Answer): boolean {
  return /^application\/(?:[\w.+-]*\+)?json\b/i.test(headerOf(answer, 'content-type') ?? '');
}
