import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import { joinLocationPath, type LocationPath, parseName } from '../../../../shared/storage/path.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { discard, headerOf, type HttpClient, isSuccess } from '../../http/http-client.ts';
import { folderUriOf, uriOf } from '../../http/uri.ts';

/** Entries of one page. */
export const PAGE_SIZE = 1000;
/** Largest listing that is read, in bytes: some 250,000 entries. */
const MAX_LISTING_BYTES = 32 * 1024 * 1024;

/** A folder as the server lists it; the text is not parsed yet. */
type Index = { readonly kind: 'index'; readonly entries: readonly unknown[] } | { readonly kind: 'no index'; readonly status: number };

/** Asks for a folder's index. @returns `no index` for an answer that is no JSON list, e.g. a web page, and for a refusal with 403, 404, 405 or 501 */
export async function readIndex(client: HttpClient, folderUri: string, { signal }: OperationOptions = {}): Promise<Index> {
  const answer = await client.send('GET', folderUri, { signal, headers: { accept: 'application/json' } });
  if (!isSuccess(answer)) {
    if (![403, 404, 405, 406, 410, 501].includes(answer.status)) throw await client.refusalOf('GET', answer);
    await discard(answer);
    return { kind: 'no index', status: answer.status };
  }
  if (!/^application\/json\b/i.test(headerOf(answer, 'content-type') ?? '')) {
    answer.body.destroy();
    return { kind: 'no index', status: answer.status };
  }
  const text = await client.text(answer, MAX_LISTING_BYTES);
  if (text === null) throw new StorageError('unsupported', `The listing of ${folderUri} is larger than ${MAX_LISTING_BYTES / 1024 / 1024} MiB, the most that Holdfast reads.`, { context: { uri: folderUri } });
  const entries = parseArray(text);
  return entries === null ? { kind: 'no index', status: answer.status } : { kind: 'index', entries };
}

/**
 * The pages of a folder from the JSON that nginx writes (`autoindex_format json`,
 * https://nginx.org/en/docs/http/ngx_http_autoindex_module.html): `[{ "name", "type", "mtime", "size" }]`.
 * Names that are none, leave the folder or come twice are dropped, whatever the server says.
 */
export function* parsePages(entries: readonly unknown[], root: string, folder: LocationPath, writable: boolean): Generator<readonly FileInstance[]> {
  const seen = new Set<string>();
  let page: FileInstance[] = [];
  for (const entry of entries) {
    const instance = parseEntry(entry, root, folder, writable);
    if (instance === null || seen.has(instance.name)) continue;
    seen.add(instance.name);
    page.push(instance);
    if (page.length < PAGE_SIZE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function parseArray(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function parseEntry(entry: unknown, root: string, folder: LocationPath, writable: boolean): FileInstance | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { name, type, size, mtime } = entry as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || (type !== 'file' && type !== 'directory')) return null;
  const place = placeOf(root, folder, name, type === 'directory');
  if (place === null) return null;
  return {
    kind: type === 'directory' ? 'folder' : 'file',
    ...place,
    name,
    size: type === 'file' && typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : null,
    modified: parseTime(mtime),
    checksum: null,
    readable: true,
    writable,
  };
}

function placeOf(root: string, folder: LocationPath, name: string, isFolder: boolean): { readonly path: LocationPath; readonly uri: string } | null {
  try {
    const path = joinLocationPath(folder, parseName(name));
    return { path, uri: isFolder ? folderUriOf(root, path) : uriOf(root, path) };
  } catch (error) {
    if (error instanceof StorageError && error.code === 'invalid_location') return null;
    throw error;
  }
}

function parseTime(value: unknown): string | null {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
