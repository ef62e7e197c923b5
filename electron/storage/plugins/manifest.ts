import nodePath from 'node:path';
import { z } from 'zod';
import { StorageError } from '../../../shared/storage/errors.ts';
import { firstIssue } from './first-issue.ts';

/** The version of the host that a plugin is written for; counts up when an old plugin could no longer run. */
export const API_VERSION = 1;

/** What a plugin says of itself before any of its code runs. */
export interface PluginManifest {
  readonly package: string;
  /** backend name and the module that makes it, relative to the package, with `/` */
  readonly backends: readonly { readonly name: string; readonly file: string }[];
}

const PACKAGE = z.object({
  name: z.string(),
  holdfast: z.object({
    apiVersion: z.number(),
    backends: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a backend name has lower-case letters, digits and dashes'), z.string()),
  }),
});

/**
 * Reads the entry point `"holdfast": { "apiVersion": 1, "backends": { "webthing": "./dist/webthing.js" } }` of a package.json.
 * @throws StorageError plugin_failed that names the value and what was expected
 */
export function parseManifest(packageJson: string): PluginManifest {
  const parsed = PACKAGE.safeParse(parseJson(packageJson));
  if (!parsed.success) throw failed(`package.json is not that of a plugin: ${firstIssue(parsed.error)}.`);
  const { name, holdfast } = parsed.data;
  if (holdfast.apiVersion !== API_VERSION) throw failed(`${name} is written for version ${holdfast.apiVersion} of the plugin interface; this Holdfast has version ${API_VERSION}.`);
  const backends = Object.entries(holdfast.backends).map(([backend, file]) => ({ name: backend, file: requireInside(backend, file) }));
  if (backends.length === 0) throw failed(`${name} names no backends in package.json.`);
  return { package: name, backends };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StorageError('plugin_failed', `package.json is not JSON: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
}

/** Both kinds of separators are looked at everywhere, so that a package is good or bad on every system alike. */
function requireInside(backend: string, file: string): string {
  const plain = nodePath.posix.normalize(file);
  if (!file.startsWith('./') || file.includes('\\') || file.includes('\0') || plain.endsWith('/') || plain === '.' || plain === '..' || plain.startsWith('../')) {
    throw failed(`The module ${JSON.stringify(file)} of the backend ${JSON.stringify(backend)} is not inside the package: expected a path like "./dist/${backend}.js".`);
  }
  return plain;
}

function failed(message: string): StorageError {
  return new StorageError('plugin_failed', message);
}
