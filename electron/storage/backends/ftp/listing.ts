import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FileInstance } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, joinLocationPath, parseName } from '../../../../shared/storage/path.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { FtpConnection } from './connection.ts';
import { type Entry, parseFacts, parseListLine } from './entry.ts';
import type { Question } from './explain.ts';
import { linesOf } from './lines.ts';
import { lookThrough, timeOf } from './look.ts';
import { type Naming, serverPath, uriOf, whyNotSayable } from './names.ts';
import type { Reply } from './reply.ts';
import type { Features } from './sign-in.ts';

/** Of the client what a listing needs. */
export interface Lister {
  readonly features: Features;
  readonly naming: Naming;
  listing(command: string, path: string, options: OperationOptions & { readonly before?: string }): Promise<AsyncIterable<Uint8Array> | Reply>;
  explain(question: Question, reply: Reply): Promise<StorageError>;
  use<T>(signal: AbortSignal | undefined, action: (connection: FtpConnection) => Promise<T>): Promise<T>;
}

/** Entries of one page. */
export const PAGE_SIZE = 500;
/** Commands that may wait for their replies at the same time. */
const IN_FLIGHT = 50;

/**
 * What lies in a folder, Holdfast's own partial files included, each name once. Names that are none, lead outside or cannot be sent back
 * are left out, whatever the server says.
 * @throws not_found, invalid_location (a file), permission_denied
 */
export function entriesOf(client: Lister, folder: LocationPath, options: OperationOptions = {}): AsyncGenerator<Entry> {
  return entriesAt(client, serverPath(client.naming, folder), options);
}

/** The same of an absolute path of the server. */
export async function* entriesAt(client: Lister, path: string, { signal }: OperationOptions = {}): AsyncGenerator<Entry> {
  const facts = client.features.commands.has('MLST');
  const parse = facts ? parseFacts : parseListLine;
  const seen = new Set<string>();
  for await (const line of linesOf(await openListing(client, path, facts, signal))) {
    const entry = parse(line);
    if (entry === null || seen.has(entry.name) || !isName(entry.name)) continue;
    seen.add(entry.name);
    yield entry;
  }
}

async function openListing(client: Lister, path: string, facts: boolean, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>> {
  // LIST takes options, patterns and names in one argument, so it gets none. Without `-a` names that begin with a dot are hidden.
  const commands = facts ? [`MLSD ${path}`] : ['LIST -a', 'LIST'];
  for (const command of commands) {
    const answer = await client.listing(command, path, { signal, ...(!facts && { before: `CWD ${path}` }) });
    if (!('code' in answer)) return answer;
    const mayNotKnow = command === 'LIST -a' && answer.code >= 500 && answer.code < 505;
    if (!mayNotKnow) throw await client.explain({ doing: `list ${path}`, path, wants: 'folder' }, answer);
  }
  throw new StorageError('unsupported', `The server lists no folders: ${path}.`);
}

/** Pages of a folder for people: without partial files, with links followed to files, and with the times of files. */
export async function* pagesOf(client: Lister, folder: LocationPath, writable: boolean, options: OperationOptions = {}): AsyncGenerator<readonly FileInstance[]> {
  let page: Entry[] = [];
  const finish = async (entries: readonly Entry[]): Promise<readonly FileInstance[]> => (await completed(client, folder, entries, options)).map((entry) => instanceOf(client, folder, entry, writable));
  for await (const entry of entriesOf(client, folder, options)) {
    if (whyNotSayable(client.naming, entry.name) !== null) continue;
    page.push(entry);
    if (page.length < PAGE_SIZE) continue;
    yield await finish(page);
    page = [];
  }
  if (page.length > 0) yield await finish(page);
}

export function instanceOf({ naming }: Pick<Lister, 'naming'>, folder: LocationPath, { kind, name, size, modified, may }: Entry, writable: boolean): FileInstance {
  const path = joinLocationPath(folder, name);
  const allowed = (letters: string): boolean => may === null || [...letters].some((letter) => may.toLowerCase().includes(letter));
  return {
    kind: kind === 'folder' ? 'folder' : 'file',
    path,
    name,
    uri: uriOf(naming, path),
    size: kind === 'file' ? size : null,
    modified: kind === 'link' ? null : modified,
    checksum: null,
    readable: kind !== 'link' && allowed(kind === 'folder' ? 'el' : 'r'),
    writable: writable && kind !== 'link' && allowed(kind === 'folder' ? 'cm' : 'wd'),
  };
}

/** Asks for what the listing did not say: the times of files where it gave none, and where links lead. */
async function completed(client: Lister, folder: LocationPath, entries: readonly Entry[], { signal }: OperationOptions): Promise<readonly Entry[]> {
  const open = entries.some(({ kind, modified }) => kind === 'link' || (kind === 'file' && modified === null));
  if (!open) return entries;
  return client.use(signal, async (connection) => {
    const place = (entry: Entry): string => serverPath(client.naming, joinLocationPath(folder, entry.name));
    const times = await timesOf(connection, entries.filter(({ kind, modified }) => kind === 'file' && modified === null).map(place), signal);
    const all: Entry[] = [];
    for (const entry of entries) {
      const link = entry.kind === 'link' ? await lookThrough((command) => connection.ask(`${command} ${place(entry)}`, { signal }), entry) : entry;
      all.push(link.kind === 'file' && link.modified === null ? { ...link, modified: times.get(place(link)) ?? null } : link);
    }
    return all;
  });
}

async function timesOf(connection: FtpConnection, paths: readonly string[], signal: AbortSignal | undefined): Promise<ReadonlyMap<string, string | null>> {
  const times = new Map<string, string | null>();
  for (let at = 0; at < paths.length; at += IN_FLIGHT) {
    const some = paths.slice(at, at + IN_FLIGHT);
    const replies = await connection.batch(some.map((path) => `MDTM ${path}`), { signal });
    some.forEach((path, index) => times.set(path, replies[index] === undefined ? null : timeOf(replies[index])));
  }
  return times;
}

function isName(name: string): boolean {
  try {
    return parseName(name) === name && !/[\r\n]/.test(name);
  } catch {
    return false;
  }
}
