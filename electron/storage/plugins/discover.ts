import { readFile, readdir } from 'node:fs/promises';
import nodePath from 'node:path';
import { StorageError } from '../../../shared/storage/errors.ts';
import { wrapError } from '../wrap-error.ts';
import { type PluginManifest, parseManifest } from './manifest.ts';

/** A folder that holds a plugin, or something that wants to be one. */
export interface DiscoveredPlugin {
  readonly package: string;
  readonly folder: string;
  readonly manifest: PluginManifest | StorageError;
}

/** Looks through a folder of packages, laid out as npm does (`name` or `@scope/name`), in the order of their names. Runs none of their code. A folder that is not there holds none. */
export async function discoverPlugins(folder: string): Promise<readonly DiscoveredPlugin[]> {
  const names: string[] = [];
  for (const name of await subfolders(folder)) {
    if (!name.startsWith('@')) names.push(name);
    else names.push(...(await subfolders(nodePath.join(folder, name))).map((inner) => `${name}/${inner}`));
  }
  return Promise.all(names.map((name) => discover(name, nodePath.join(folder, name))));
}

async function discover(name: string, folder: string): Promise<DiscoveredPlugin> {
  try {
    const manifest = parseManifest(await readFile(nodePath.join(folder, 'package.json'), 'utf8'));
    // The user enables a plugin by its name, so no other folder may claim it.
    if (manifest.package !== name) throw new StorageError('plugin_failed', `The folder ${JSON.stringify(name)} holds the package ${JSON.stringify(manifest.package)}: both must have one name.`);
    return { package: name, folder, manifest };
  } catch (error) {
    return { package: name, folder, manifest: wrapError(error, `read the plugin ${name}`) };
  }
}

async function subfolders(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.') && entry.name !== 'node_modules')
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    const wrapped = wrapError(error, `look for plugins in ${folder}`);
    if (wrapped.code === 'not_found') return [];
    throw wrapped;
  }
}
