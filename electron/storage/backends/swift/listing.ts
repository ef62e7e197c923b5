import { type Checksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, joinLocationPath, parseName } from '../../../../shared/storage/path.ts';
import type { HttpClient } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { isFolderType, md5Of } from './object-facts.ts';
import { type Place, isOwnName } from './names.ts';
import { ask } from './refusal.ts';

/** Objects of one page: few enough that reading their JSON does not hold the program up. */
const PAGE = 1500;
/** Largest page that is read, in bytes; names have up to 1024 bytes, each of which may take six characters. */
const MAX_PAGE_BYTES = 24 * 1024 * 1024;

/** One line of a container's listing (https://docs.openstack.org/api-ref/object-store/#show-container-details-and-list-objects). */
export type Listed =
  | { readonly kind: 'object'; readonly name: string; readonly size: number | null; readonly md5: Checksum | null; readonly modified: string | null; readonly isFolder: boolean; /** `slo_etag`, by which large objects are known */ readonly isLarge: boolean }
  /** names that go on after a slash; ends with it */
  | { readonly kind: 'prefix'; readonly name: string };

export interface ListOptions extends OperationOptions {
  /** what all names begin with */
  readonly prefix: string;
  /** names with a slash behind the prefix are told once, up to the slash */
  readonly folders?: boolean;
  /** most objects of one page */
  readonly limit?: number;
}

/**
 * All objects whose names begin with a prefix, by pages, in the order of their bytes. Pages are asked for until one is empty, because a
 * short one need not be the last. What the server lists without the prefix is dropped.
 * @throws StorageError not_found when there is no such container
 */
export async function* listObjects(client: HttpClient, containerUri: string, { prefix, folders = false, limit = PAGE, signal }: ListOptions): AsyncGenerator<readonly Listed[]> {
  let marker: string | null = null;
  for (;;) {
    const query = new URLSearchParams({ format: 'json', limit: String(limit), ...(prefix !== '' && { prefix }), ...(folders && { delimiter: '/' }), ...(marker !== null && { marker }) });
    // A form writes a blank as "+", which not every server reads so.
    const uri = `${containerUri}?${query.toString().replaceAll('+', '%20')}`;
    const text = await client.text(await ask(client, 'GET', uri, { signal, headers: { accept: 'application/json' } }), MAX_PAGE_BYTES);
    const page = text === null || text === '' ? [] : parsePage(text, containerUri);
    const last = page.at(-1)?.name;
    if (last === undefined) return;
    if (marker !== null && Buffer.compare(Buffer.from(last), Buffer.from(marker)) <= 0) throw new StorageError('unexpected', `The listing of ${containerUri} does not go on: after ${JSON.stringify(marker.slice(0, 100))} the server gave ${JSON.stringify(last.slice(0, 100))} again.`, { context: { uri: containerUri } });
    marker = last;
    yield page.filter(({ name }) => name.startsWith(prefix));
  }
}

/** Entries that are none are dropped. @throws StorageError unexpected for what is no list */
export function parsePage(text: string, uri: string): readonly Listed[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StorageError('unexpected', `The listing of ${uri} is no JSON.`, { cause: error, context: { uri } });
  }
  if (!Array.isArray(value)) throw new StorageError('unexpected', `The listing of ${uri} is no list.`, { context: { uri } });
  return value.flatMap(parseEntry);
}

function parseEntry(entry: unknown): readonly Listed[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { subdir, name, bytes, hash, content_type: type, last_modified: modified, slo_etag: sloEtag } = entry as Readonly<Record<string, unknown>>;
  if (typeof subdir === 'string') return subdir.endsWith('/') ? [{ kind: 'prefix', name: subdir }] : [];
  if (typeof name !== 'string' || name === '') return [];
  const isLarge = sloEtag !== undefined;
  return [
    {
      kind: 'object',
      name,
      size: typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null,
      md5: isLarge || typeof hash !== 'string' ? null : md5Of(hash),
      modified: timeOf(modified),
      isFolder: isFolderType(typeof type === 'string' ? type : ''),
      isLarge,
    },
  ];
}

/** Swift leaves the zone out: it is UTC. */
function timeOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const date = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/**
 * The files and folders of one page below a folder. Names that are none in Holdfast, our own and marks of folders are left out; so is a
 * name that was there before (`seen`), as when both a mark `a` and objects below `a/` exist.
 */
export function toInstances(page: readonly Listed[], { place, folder, writable, seen }: { readonly place: Place; readonly folder: LocationPath; readonly writable: boolean; readonly seen: Set<string> }): readonly FileInstance[] {
  const start = place.folderOf(folder).length;
  return page.flatMap((listed): readonly FileInstance[] => {
    const isFolder = listed.kind === 'prefix' || listed.isFolder;
    const found = placed(place, folder, listed.name.slice(start).replace(/\/$/, ''));
    // A name that ends with a slash is the mark of the folder itself, or of one inside, which the listing tells by its prefix too.
    if (found === null || isOwnName(found.name) || (listed.kind === 'object' && listed.name.endsWith('/') && !isFolder)) return [];
    const { name, path, uri } = found;
    const key = `${isFolder ? 'folder' : 'file'} ${name}`;
    if (seen.has(key)) return [];
    seen.add(key);
    if (listed.kind === 'prefix' || isFolder) return [{ kind: 'folder', path, name, uri: `${uri}/`, size: null, modified: null, checksum: null, readable: true, writable }];
    return [{ kind: 'file', path, name, uri, size: listed.size, modified: listed.modified, checksum: listed.md5, readable: true, writable }];
  });
}

function placed(place: Place, folder: LocationPath, text: string): { readonly name: string; readonly path: LocationPath; readonly uri: string } | null {
  try {
    const name = parseName(text);
    const path = joinLocationPath(folder, name);
    return { name, path, uri: place.uriOf(place.nameOf(path)) };
  } catch (error) {
    if (error instanceof StorageError && error.code === 'invalid_location') return null;
    throw error;
  }
}
