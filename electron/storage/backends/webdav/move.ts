import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, parentPath } from '../../../../shared/storage/path.ts';
import { uriOf } from '../../http/uri.ts';
import type { OperationOptions } from '../../operation-options.ts';
import { type WebdavContext, isLost } from './context.ts';

/** Renames a file or a folder. Nothing is replaced unless `overwrite`, and a folder never: what is in it would be gone. @throws StorageError not_found, already_exists, invalid_location */
export async function movePlace(context: WebdavContext, from: LocationPath, to: LocationPath, { overwrite, signal }: OperationOptions & { readonly overwrite: boolean }): Promise<void> {
  const { dav } = context;
  if (from === '' || to === '') throw new StorageError('invalid_location', 'The root of a location cannot be moved, and nothing can take its place.');
  const [source, target] = [uriOf(dav.root, from), uriOf(dav.root, to)];
  const { kind, size } = await dav.look(source, { signal });
  if (from === to) return;
  if (`${to}/`.startsWith(`${from}/`)) throw new StorageError('invalid_location', `${JSON.stringify(from)} cannot be moved into itself, to ${JSON.stringify(to)}.`);
  const there = await dav.lookIfThere(target, { signal });
  if (there !== null && (!overwrite || there.kind === 'folder' || kind === 'folder')) throw taken(target);
  const slash = kind === 'folder' ? '/' : '';
  try {
    await dav.move(source + slash, target + slash, { overwrite: there !== null, signal, workload: size ?? 0 });
  } catch (error) {
    if (!(error instanceof StorageError) || (!isLost(error) && error.context['status'] === undefined)) throw error;
    const [left, arrived, parent] = [await dav.lookIfThere(source, { signal }), await dav.lookIfThere(target, { signal }), await dav.lookIfThere(uriOf(dav.root, parentPath(to)), { signal })];
    if (isLost(error) && left === null && arrived?.kind === kind) return;
    if (left === null) throw new StorageError('not_found', `${source} is not there any more.`, { cause: error, context: { uri: source } });
    if (parent === null) throw new StorageError('not_found', `There is no folder for ${target}: make it first.`, { cause: error, context: { uri: target } });
    throw there === null && arrived !== null ? taken(target) : error;
  }
}

function taken(uri: string): StorageError {
  return new StorageError('already_exists', `${uri} exists already.`, { context: { uri } });
}
