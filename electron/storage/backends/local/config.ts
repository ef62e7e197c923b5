import nodePath, { type PlatformPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationOptions } from '../../../../shared/storage/location.ts';

/** `follow` goes through links whose target is inside the root; all others are refused as with `refuse`. */
export type Symlinks = 'refuse' | 'follow';

export const DEFAULT_SYMLINKS: Symlinks = 'refuse';

export interface LocalConfig {
  /** absolute, as the user wrote it */
  readonly folder: string;
  readonly symlinks: Symlinks;
  readonly createRoot: boolean;
}

/** @throws StorageError invalid_config that names the field, the value and what was expected */
export function parseLocalConfig(config: { readonly uri: string; readonly options: LocationOptions }, flavour: PlatformPath = nodePath): LocalConfig {
  const { symlinks = DEFAULT_SYMLINKS, createRoot = false, ...unknown } = config.options;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw invalid(stranger, 'The local backend has no such option. Known: symlinks, createRoot.');
  if (symlinks !== 'refuse' && symlinks !== 'follow') throw invalid('symlinks', `Expected "refuse" or "follow", got ${JSON.stringify(symlinks)}.`);
  if (typeof createRoot !== 'boolean') throw invalid('createRoot', `Expected true or false, got ${JSON.stringify(createRoot)}.`);
  return { folder: parseFolder(config.uri, flavour), symlinks, createRoot };
}

function parseFolder(uri: string, flavour: PlatformPath): string {
  const example = flavour.sep === '\\' ? 'C:\\Users\\ada\\archive' : '/home/ada/archive';
  const expected = `Expected an absolute folder, for example ${example}, or its file: URL`;
  if (uri.includes('\0')) throw invalid('uri', `${expected}; the text holds a NUL character.`);
  const folder = /^file:/i.test(uri) ? fromUrl(uri, expected) : uri;
  if (!flavour.isAbsolute(folder) || isDriveless(folder, flavour)) throw invalid('uri', `${expected}, got ${JSON.stringify(uri)}.`);
  return flavour.resolve(folder);
}

function fromUrl(uri: string, expected: string): string {
  try {
    return fileURLToPath(uri);
  } catch (error) {
    throw invalid('uri', `${expected}, got ${JSON.stringify(uri)}.`, error);
  }
}

/** On Windows `\archive` is absolute for Node, but means another folder on each drive. */
function isDriveless(folder: string, flavour: PlatformPath): boolean {
  return flavour.sep === '\\' && /^[\\/](?![\\/])/.test(folder);
}

function invalid(field: string, message: string, cause?: unknown): StorageError {
  return new StorageError('invalid_config', `${field}: ${message}`, { context: { field }, cause });
}
