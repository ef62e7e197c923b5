import type { PlatformPath } from 'node:path';
import { StorageError } from '../../shared/storage/errors.ts';
import { type LocationPath, joinLocationPath, parseName } from '../../shared/storage/path.ts';
import { requireKeepable } from '../storage/backends/local/names.ts';

/** The path of a name from a server inside a folder of this computer. Pure: `flavour` is `path.posix` or `path.win32`. @throws StorageError invalid_location when such a name cannot exist here */
export function childPath(flavour: PlatformPath, folder: string, name: string): string {
  parseName(name);
  requireKeepable(name, flavour.sep === '\\' ? 'win32' : 'linux');
  const child = flavour.join(folder, name);
  if (flavour.relative(folder, child) !== name) throw cannotExist(name, 'it would leave the folder');
  return child;
}

/** Where a path made by {@link childPath} lies below its root, with `/` between names. @throws StorageError invalid_location when it lies elsewhere */
export function pathBelow(flavour: PlatformPath, root: string, path: string): LocationPath {
  const relative = flavour.relative(root, path);
  if (relative === '') return '';
  if (flavour.isAbsolute(relative)) throw cannotExist(path, 'it lies outside of the folder');
  return joinLocationPath('', ...relative.split(flavour.sep));
}

function cannotExist(name: string, why: string): StorageError {
  return new StorageError('invalid_location', `${JSON.stringify(name.slice(0, 200))} cannot be a file name on this computer: ${why}.`, { context: { name: name.slice(0, 200) } });
}
