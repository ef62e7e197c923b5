import type { FileInstance } from '../../../shared/storage/file-instance.ts';
import { type LocationPath, baseName, joinLocationPath } from '../../../shared/storage/path.ts';
import { StorageError } from '../../../shared/storage/errors.ts';
import type { StorageLocation } from '../../storage/storage-location.ts';
import { type CommandContext, type CommandResult, fileRecord, openPlace } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';

export async function listFolder(context: CommandContext, text: string, options: { readonly recursive?: boolean }): CommandResult {
  const { storage, path } = await openPlace(context, text);
  for await (const file of walk(storage, path, options.recursive === true, context.signal)) {
    const size = file.kind === 'folder' ? '-' : (file.size?.toString() ?? '?');
    context.output.row(fileRecord(file), `${size.padStart(14)}  ${file.modified ?? '-'.padEnd(24)}  ${file.path}${file.kind === 'folder' ? '/' : ''}`);
  }
  return EXIT.proven;
}

export async function statFile(context: CommandContext, text: string): CommandResult {
  const { storage, path } = await openPlace(context, text);
  const file = await storage.stat(path, { signal: context.signal });
  context.output.row(fileRecord(file), Object.entries(fileRecord(file)).map(([key, value]) => `${key}: ${String(value)}`).join('\n'));
  return EXIT.proven;
}

export async function makeFolder(context: CommandContext, text: string): CommandResult {
  const { storage, path } = await openPlace(context, text);
  await storage.makeDirectory(path, { signal: context.signal });
  context.output.row({ type: 'folder', path }, `Made ${text}`);
  return EXIT.proven;
}

/** A target that ends with a slash, or that is a folder, takes the source under its own name. */
export async function moveFile(context: CommandContext, from: string, to: string): CommandResult {
  const source = await openPlace(context, from);
  const target = await openPlace(context, to);
  if (source.config.id !== target.config.id) throw new StorageError('unsupported', 'mv stays inside one location: upload or download the file, then remove the old one.');
  const into = target.isFolder || (await isFolder(target.storage, target.path));
  const path = into ? joinLocationPath(target.path, baseName(source.path)) : target.path;
  await source.storage.move(source.path, path, { signal: context.signal, overwrite: false });
  context.output.row({ type: 'moved', from: source.path, to: path }, `Moved to ${target.config.name}:/${path}`);
  return EXIT.proven;
}

export async function removeFiles(context: CommandContext, texts: readonly string[], options: { readonly recursive?: boolean }): CommandResult {
  for (const text of texts) {
    const { storage, path } = await openPlace(context, text);
    if (path === '') throw new StorageError('invalid_location', `${JSON.stringify(text)} is the root of the location, which is never removed.`);
    await storage.remove(path, { signal: context.signal, recursive: options.recursive === true });
    context.output.row({ type: 'removed', path }, `Removed ${text}`);
  }
  return EXIT.proven;
}

async function isFolder(storage: StorageLocation, path: LocationPath): Promise<boolean> {
  try {
    return (await storage.stat(path)).kind === 'folder';
  } catch (error) {
    if (error instanceof StorageError && (error.code === 'not_found' || error.code === 'unsupported')) return false;
    throw error;
  }
}

/** Folder by folder, so that memory stays flat in the number of files. */
async function* walk(storage: StorageLocation, path: LocationPath, recursive: boolean, signal: AbortSignal): AsyncGenerator<FileInstance> {
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const page of storage.list(folder, { signal })) {
      for (const file of page) {
        yield file;
        if (recursive && file.kind === 'folder') folders.push(file.path);
      }
    }
  }
}
