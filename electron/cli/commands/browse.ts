import type { IntegrityState } from '../../../shared/ipc/views.ts';
import type { FileInstance } from '../../../shared/storage/file-instance.ts';
import { type LocationPath, baseName, joinLocationPath } from '../../../shared/storage/path.ts';
import { StorageError } from '../../../shared/storage/errors.ts';
import { EVIDENCE_WORDS } from '../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage/storage-location.ts';
import { type CommandContext, type CommandResult, fileRecord, openPlace } from '../command-context.ts';
import { EXIT, forEach } from '../exit-code.ts';

/** Entries of one folder that are held in memory to be sorted. */
const SORTED_AT_MOST = 100_000;

export async function listFolder(context: CommandContext, text: string, options: { readonly recursive?: boolean }): CommandResult {
  const { storage, path } = await openPlace(context, text);
  for await (const file of walk(storage, path, options.recursive === true, context.signal)) {
    const size = file.kind === 'folder' ? '-' : (file.size?.toString() ?? '?');
    context.output.row(fileRecord(file), `${size.padStart(14)}  ${file.modified ?? '-'.padEnd(24)}  ${file.path}${file.kind === 'folder' ? '/' : ''}`);
  }
  return EXIT.proven;
}

/** With what is known of its integrity from receipts and checks, and with what else the storage says of it. */
export async function statFile(context: CommandContext, text: string): CommandResult {
  const { config, storage, path } = await openPlace(context, text);
  const file = await context.app.listings.stat(config.id, path);
  const details = file.kind === 'file' ? await storage.details(path, { signal: context.signal }) : [];
  const record = { ...fileRecord(file), integrity: file.integrity };
  if (context.output.json) context.output.row({ ...record, details }, '');
  else {
    for (const [key, value] of Object.entries(record)) context.output.row({}, `${key}: ${typeof value === 'object' && value !== null ? integrityText(file.integrity) : String(value)}`);
    for (const { label, value } of details) context.output.row({}, `${label}: ${value}`);
  }
  return EXIT.proven;
}

function integrityText(integrity: IntegrityState): string {
  switch (integrity.kind) {
    case 'unknown':
      return 'not checked';
    case 'proven':
      return `${EVIDENCE_WORDS[integrity.level]}${integrity.algorithm === null ? '' : ` (${integrity.algorithm})`}, ${integrity.checksum ?? 'no digest'}, ${integrity.at}`;
    case 'mismatch':
      return `mismatch: expected ${integrity.expected}, found ${integrity.found}, ${integrity.at}`;
    case 'changed':
      return `changed since it was proven, ${integrity.since}`;
  }
}

export async function makeFolder(context: CommandContext, text: string): CommandResult {
  const { storage, path } = await openPlace(context, text);
  await storage.makeDirectory(path, { signal: context.signal });
  context.output.row({ type: 'folder', path }, `${text} is there`);
  return EXIT.proven;
}

/** A target that ends with a slash, or that is a folder, takes the source under its own name. */
export async function moveFile(context: CommandContext, from: string, to: string): CommandResult {
  const source = await openPlace(context, from);
  const target = await openPlace(context, to);
  if (source.config.id !== target.config.id) throw new StorageError('unsupported', 'mv stays inside one location: upload or download the file, then remove the old one.');
  const into = target.isFolder || (await isFolder(target.storage, target.path));
  const path = into ? joinLocationPath(target.path, baseName(source.path)) : target.path;
  await context.app.listings.move(source.config.id, source.path, path);
  context.output.row({ type: 'moved', from: source.path, to: path }, `Moved to ${target.config.name}:/${path}`);
  return EXIT.proven;
}

export function removeFiles(context: CommandContext, texts: readonly string[], options: { readonly recursive?: boolean }): CommandResult {
  return forEach(texts, (text) => removeOne(context, text, options.recursive === true), (error) => context.output.error(error));
}

async function removeOne(context: CommandContext, text: string, recursive: boolean): Promise<void> {
  const { config, path } = await openPlace(context, text);
  if (path === '') throw new StorageError('invalid_location', `${JSON.stringify(text)} is the root of the location, which is never removed.`);
  try {
    await context.app.listings.remove(config.id, [path], recursive);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'already_exists') throw error;
    throw new StorageError('invalid_config', `${JSON.stringify(text)} is a folder that is not empty: rm takes it only with --recursive.`, { cause: error });
  }
  context.output.row({ type: 'removed', path }, `Removed ${text}`);
}

async function isFolder(storage: StorageLocation, path: LocationPath): Promise<boolean> {
  try {
    return (await storage.stat(path)).kind === 'folder';
  } catch (error) {
    if (error instanceof StorageError && (error.code === 'not_found' || error.code === 'unsupported')) return false;
    throw error;
  }
}

/** Folder by folder, each by name, so that memory stays flat in the number of files. */
async function* walk(storage: StorageLocation, path: LocationPath, recursive: boolean, signal: AbortSignal): AsyncGenerator<FileInstance> {
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const below: LocationPath[] = [];
    for await (const file of byName(storage.list(folder, { signal }))) {
      yield file;
      if (recursive && file.kind === 'folder') below.push(file.path);
    }
    folders.push(...below.reverse());
  }
}

/** Sorted as long as a folder is of a size that can be kept; what comes after that is given in the storage's order. */
async function* byName(pages: AsyncIterable<readonly FileInstance[]>): AsyncGenerator<FileInstance> {
  let kept: FileInstance[] | null = [];
  for await (const page of pages) {
    if (kept !== null) kept.push(...page);
    else yield* page;
    if (kept === null || kept.length <= SORTED_AT_MOST) continue;
    yield* kept;
    kept = null;
  }
  if (kept !== null) yield* kept.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
