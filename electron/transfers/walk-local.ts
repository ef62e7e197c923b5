import type { BigIntStats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { StorageError } from '../../shared/storage/errors.ts';
import { joinLocationPath, parentPath } from '../../shared/storage/path.ts';
import { wrapError } from '../storage/wrap-error.ts';
import { specialKind, unsupportedSource } from './local-source.ts';
import { type Found, type Walker, foundFailure, foundFile } from './walk-items.ts';

const PAGE = 500;
/** Questions to the file system at the same time. */
const PARALLEL = 16;
const REPLACEMENT = '\ufffd';

/** Walks files of this computer for an upload. Links and special files become rows that failed; nothing is followed. */
export const localWalker: Walker = {
  separator: sep,
  look: (source, destination) => look(source, parentPath(destination), basename(source)),
  list: async function* (source, destination, signal) {
    const folder = await opendir(source, { bufferSize: PAGE }).catch((error: unknown) => {
      throw wrapError(error, `list ${source}`, { path: source });
    });
    let names: string[] = [];
    for await (const { name } of folder) {
      signal.throwIfAborted();
      names.push(name);
      if (names.length < PAGE) continue;
      yield await lookAtAll(source, destination, names);
      names = [];
    }
    if (names.length > 0) yield await lookAtAll(source, destination, names);
  },
};

/** Sorted, so that rows come in an order that people expect. */
async function lookAtAll(source: string, destination: string, unsorted: readonly string[]): Promise<readonly Found[]> {
  const names = unsorted.toSorted();
  const found: Found[] = [];
  for (let at = 0; at < names.length; at += PARALLEL) {
    found.push(...(await Promise.all(names.slice(at, at + PARALLEL).map((name) => look(join(source, name), destination, name)))));
  }
  return found;
}

async function look(source: string, folder: string, name: string): Promise<Found> {
  let destination: string;
  try {
    destination = joinLocationPath(folder, name);
  } catch (error) {
    return foundFailure('refused', source, folder, wrapError(error, `send ${source}`, { path: source }));
  }
  try {
    const entry: BigIntStats = await lstat(source, { bigint: true });
    const special = specialKind(entry);
    if (special !== null) return foundFailure('file', source, destination, unsupportedSource(source, special));
    return entry.isDirectory() ? { kind: 'folder', source, destination } : foundFile(source, destination, Number(entry.size));
  } catch (error) {
    const wrapped = wrapError(error, `read ${source}`, { path: source, side: 'source' });
    if (wrapped.code === 'not_found' && name.includes(REPLACEMENT)) return foundFailure('refused', source, destination, notUnicode(source));
    return foundFailure('walk', source, destination, wrapped);
  }
}

function notUnicode(path: string): StorageError {
  return new StorageError('invalid_location', `The name of ${path} is not valid Unicode, so it cannot be kept exactly.`, { context: { path } });
}
