import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, baseName } from '../../../../shared/storage/path.ts';
import { folderUriOf, uriOf } from '../../http/uri.ts';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import type { OperationOptions } from '../../operation-options.ts';
import { isPartialName } from '../../partial-name.ts';
import type { DavClient } from './dav-client.ts';
import { type Entry, OC, entryOf } from './entry.ts';
import type { HrefPlace } from './href.ts';
import type { DavResource } from './multistatus.ts';

const PAGE_SIZE = 500;
/** Names are remembered so that none comes twice. */
const MAX_ENTRIES = 1_000_000;

export interface ListedEntry {
  readonly path: LocationPath;
  readonly name: string;
  readonly entry: Entry;
}

/**
 * What lies in a folder, our own temporary files among it. Addresses that are not directly below the folder, names that are none and
 * those that come twice are dropped, whatever the server says.
 * @throws StorageError invalid_location when it is a file; unsupported when none of the server's addresses is below the one that was asked
 */
export async function* browseFolder(dav: DavClient, folder: LocationPath, options: OperationOptions & { readonly properties?: readonly string[] } = {}): AsyncGenerator<readonly ListedEntry[]> {
  const uri = folderUriOf(dav.root, folder);
  const depth = folder === '' ? 0 : folder.split('/').length;
  const seen = new Set<string>();
  let understood = false;
  let foreign: string | null = null;
  const listed = (resource: DavResource): ListedEntry | null => {
    const place = dav.hrefs.read(resource.href);
    foreign ??= place === null ? resource.href : null;
    if (place === null || resource.status !== null && resource.status >= 400) return null;
    if (place.path === folder) {
      understood = true;
      if (!resource.isCollection) throw new StorageError('invalid_location', `${uri} is a file: expected a folder.`, { context: { uri } });
      return null;
    }
    const name = childName(place, folder, depth);
    if (name === null || seen.has(name)) return null;
    understood = true;
    seen.add(name);
    return { path: place.path, name, entry: entryOf(resource) };
  };
  for await (const resources of dav.browse(uri, options)) {
    const page = resources.map(listed).filter((each) => each !== null);
    if (seen.size > MAX_ENTRIES) throw new StorageError('unsupported', `${uri} holds more than ${MAX_ENTRIES.toLocaleString('en-US')} entries, the most that Holdfast lists.`, { context: { uri } });
    if (page.length > 0) yield page;
  }
  if (!understood && foreign !== null) throw new StorageError('unsupported', `The server’s listing of ${uri} speaks of other addresses, e.g. ${JSON.stringify(String(foreign).slice(0, 200))}: enter the address that the server itself uses.`, { context: { uri } });
}

/** Pages as the window shows them, without our temporary files. */
export async function* listFolder(dav: DavClient, folder: LocationPath, writable: boolean, { signal, properties = [] }: OperationOptions & { readonly properties?: readonly string[] }): AsyncGenerator<readonly FileInstance[]> {
  let page: FileInstance[] = [];
  for await (const found of browseFolder(dav, folder, { signal, properties })) {
    for (const { path, name, entry } of found) if (!isPartialName(name)) page.push(toInstance(dav.root, path, entry, writable, name));
    if (page.length < PAGE_SIZE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

export function toInstance(root: string, path: LocationPath, { kind, size, modified, properties }: Entry, writable: boolean, name = baseName(path)): FileInstance {
  const permissions = properties.get(OC.permissions);
  return {
    kind, path, name, size,
    uri: kind === 'folder' ? folderUriOf(root, path) : uriOf(root, path),
    modified: modified?.toISOString() ?? null,
    checksum: null,
    readable: true,
    // ownCloud and Nextcloud: W for a file that may be changed, C for a folder that files may be put into.
    writable: writable && (permissions === undefined || permissions === '' || permissions.includes(kind === 'folder' ? 'C' : 'W')),
  };
}

function childName({ names, path }: HrefPlace, folder: LocationPath, depth: number): string | null {
  const name = names[depth];
  return names.length === depth + 1 && name !== undefined && path === (folder === '' ? name : `${folder}/${name}`) ? name : null;
}
