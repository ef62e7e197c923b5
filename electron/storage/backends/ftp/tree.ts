import { StorageError } from '../../../../shared/storage/errors.ts';
import type { UnfinishedUpload } from '../../../../shared/storage/file-instance.ts';
import { type LocationPath, joinLocationPath, parentPath } from '../../../../shared/storage/path.ts';
import { isAbandoned, isKeptName, isPartialName } from '../../partial-name.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { FtpClient } from './client.ts';
import type { Entry } from './entry.ts';
import { entriesOf } from './listing.ts';
import { besidePath, serverPath } from './names.ts';
import { isPositive } from './reply.ts';

/** Deeper than any path that fits into a command; only a server that makes up folders has more. */
const MAX_DEPTH = 1000;

/** Makes a folder and those above it. @throws already_exists when a file has one of the names */
export async function makeFolders(client: FtpClient, path: LocationPath, options: OperationOptions = {}): Promise<void> {
  if (path === '') return;
  const place = serverPath(client.naming, path);
  const made = await client.ask(`MKD ${place}`, options);
  if (isPositive(made)) return;
  const there = await client.look(place, options);
  if (there?.kind === 'folder') return;
  if (there !== null) throw new StorageError('already_exists', `${place} exists already and is not a folder.`, { context: { path } });
  const above = parentPath(path);
  if (above === '' || (await client.look(serverPath(client.naming, above), options))?.kind === 'folder') throw await client.explain({ doing: `make the folder ${place}`, path: place, wants: 'name' }, made);
  await makeFolders(client, above, options);
  await client.require(`MKD ${place}`, { doing: `make the folder ${place}`, path: place, wants: 'name' }, options);
}

/** Removes a folder with all that is in it. Links are removed, never followed. Stops at the first failure. */
export async function removeTree(client: FtpClient, path: LocationPath, options: OperationOptions = {}, depth = 0): Promise<void> {
  if (depth > MAX_DEPTH) throw new StorageError('invalid_location', `The server shows more than ${MAX_DEPTH} folders inside of each other: ${JSON.stringify(path.slice(0, 200))}.`);
  const folders: Entry[] = [];
  const files: Entry[] = [];
  for await (const entry of entriesOf(client, path, options)) (entry.kind === 'folder' ? folders : files).push(entry);
  for (const { name } of files) await client.remove(besidePath(client.naming, path, name), options);
  for (const { name } of folders) await removeTree(client, joinLocationPath(path, name), options, depth + 1);
  await removeFolder(client, path, options);
}

/** @throws already_exists when it is not empty */
export async function removeFolder(client: FtpClient, path: LocationPath, options: OperationOptions = {}): Promise<void> {
  const place = serverPath(client.naming, path);
  const reply = await client.ask(`RMD ${place}`, options);
  if (isPositive(reply)) return;
  for await (const { name } of entriesOf(client, path, options)) {
    throw new StorageError('already_exists', `The folder ${place} is not empty: it holds ${JSON.stringify(name)}.`, { context: { path } });
  }
  throw await client.explain({ doing: `remove the folder ${place}`, path: place, wants: 'folder' }, reply);
}

/** Removes partial files that nobody goes on with from one folder. @returns how many */
export async function sweepFolder(client: FtpClient, folder: LocationPath, options: OperationOptions = {}): Promise<number> {
  let removed = 0;
  const partials: Entry[] = [];
  for await (const entry of entriesOf(client, folder, options)) if (entry.kind === 'file' && isPartialName(entry.name)) partials.push(entry);
  for (const entry of partials) {
    const changed = Date.parse((await timed(client, folder, entry, options)).modified ?? '');
    if (Number.isNaN(changed) || !isAbandoned(entry.name, { changedMs: changed, nowMs: Date.now() })) continue;
    if (isPositive(await client.ask(`DELE ${besidePath(client.naming, folder, entry.name)}`, options))) removed += 1;
  }
  return removed;
}

/** Kept partial files in a folder and those below it. */
export async function listUnfinished(client: FtpClient, folder: LocationPath, options: OperationOptions = {}, depth = 0): Promise<readonly UnfinishedUpload[]> {
  if (depth > MAX_DEPTH) return [];
  const kept: Entry[] = [];
  const folders: string[] = [];
  for await (const entry of entriesOf(client, folder, options)) {
    if (entry.kind === 'folder') folders.push(entry.name);
    else if (isKeptName(entry.name)) kept.push(entry);
  }
  const found: UnfinishedUpload[] = [];
  for (const entry of kept) {
    const path = joinLocationPath(folder, entry.name);
    found.push({ id: path, path, size: entry.size, startedAt: (await timed(client, folder, entry, options)).modified });
  }
  for (const name of folders) found.push(...(await listUnfinished(client, joinLocationPath(folder, name), options, depth + 1)));
  return found;
}

/** With its time, which LIST does not tell. */
async function timed(client: FtpClient, folder: LocationPath, entry: Entry, options: OperationOptions): Promise<Entry> {
  return entry.modified !== null ? entry : ((await client.look(besidePath(client.naming, folder, entry.name), options)) ?? entry);
}
