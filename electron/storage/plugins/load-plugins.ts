import { realpath, stat } from 'node:fs/promises';
import nodePath from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ErrorRecord, StorageError } from '../../../shared/storage/errors.ts';
import type { BackendDefinition } from '../backend-definition.ts';
import type { Registry } from '../registry.ts';
import { wrapError } from '../wrap-error.ts';
import { type DiscoveredPlugin, discoverPlugins } from './discover.ts';
import type { PluginManifest } from './manifest.ts';
import { parseDefinition } from './plugin-definition.ts';
import { PLUGIN_HOST } from './plugin-host.ts';

/** One row of the list of plugins. */
export type PluginState = { readonly package: string; readonly backends: readonly string[] } & (
  | { readonly state: 'enabled' }
  | { readonly state: 'disabled' }
  | { readonly state: 'failed'; readonly error: ErrorRecord }
);

export interface LoadPluginsOptions {
  /** holds one folder a package */
  readonly folder: string;
  /** packages that the user allowed to run */
  readonly enabled: ReadonlySet<string>;
  readonly registry: Registry;
  /** how long one backend may take to make itself, in ms */
  readonly patience?: number;
}

/** Registers the backends of every enabled plugin. One that fails is a row with a reason and registers nothing; code of others is never run. @throws StorageError only when the folder cannot be read */
export async function loadPlugins({ folder, enabled, registry, patience = 10_000 }: LoadPluginsOptions): Promise<readonly PluginState[]> {
  const states: PluginState[] = [];
  for (const plugin of await discoverPlugins(folder)) states.push(await load(plugin, { enabled, registry, patience }));
  return states;
}

async function load(plugin: DiscoveredPlugin, { enabled, registry, patience }: Required<Omit<LoadPluginsOptions, 'folder'>>): Promise<PluginState> {
  const { package: name, folder, manifest } = plugin;
  if (manifest instanceof StorageError) return { package: name, backends: [], state: 'failed', error: manifest.toRecord() };
  const row = { package: name, backends: manifest.backends.map((backend) => backend.name) };
  if (!enabled.has(name)) return { ...row, state: 'disabled' };
  try {
    requireFreeNames(manifest, registry);
    const definitions: BackendDefinition[] = [];
    for (const { name: backend, file } of manifest.backends) definitions.push(await makeBackend(backend, await moduleFile(folder, file), patience));
    for (const definition of definitions) registry.register(definition);
    return { ...row, state: 'enabled' };
  } catch (error) {
    return { ...row, state: 'failed', error: asPluginFailure(error, name).toRecord() };
  }
}

/** Asked before any code runs: a plugin may not replace a backend. */
function requireFreeNames(manifest: PluginManifest, registry: Registry): void {
  const known = new Set(registry.list().map(({ name }) => name));
  for (const { name } of manifest.backends) {
    if (known.has(name)) throw new StorageError('plugin_failed', `The backend ${JSON.stringify(name)} is there already; a plugin may not replace it.`);
  }
}

/** The module's real place, which a link may not lead out of the package. */
async function moduleFile(folder: string, file: string): Promise<string> {
  const root = await realpath(folder);
  const place = await realpath(nodePath.join(root, ...file.split('/'))).catch((error: unknown) => Promise.reject(missing(file, error)));
  const inside = nodePath.relative(root, place);
  if (inside === '' || inside.startsWith('..') || nodePath.isAbsolute(inside)) throw new StorageError('plugin_failed', `The module ${JSON.stringify(file)} leads out of its package.`);
  if (!(await stat(place)).isFile()) throw new StorageError('plugin_failed', `The module ${JSON.stringify(file)} is not a file.`);
  return place;
}

function missing(file: string, cause: unknown): StorageError {
  return new StorageError('plugin_failed', `The module ${JSON.stringify(file)} that package.json names is not there.`, { cause });
}

async function makeBackend(name: string, file: string, patience: number): Promise<BackendDefinition> {
  const made = (async (): Promise<unknown> => {
    const exports = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { readonly createBackend?: unknown };
    if (typeof exports.createBackend !== 'function') throw new StorageError('plugin_failed', `The module of the backend ${JSON.stringify(name)} exports no function createBackend(host).`);
    return (exports.createBackend as (host: typeof PLUGIN_HOST) => unknown)(PLUGIN_HOST);
  })();
  return parseDefinition(name, await within(patience, name, made));
}

async function within<T>(patience: number, name: string, made: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StorageError('plugin_failed', `The backend ${JSON.stringify(name)} was not ready after ${patience / 1000} seconds.`)), patience);
  });
  try {
    return await Promise.race([made, late]);
  } finally {
    clearTimeout(timer);
  }
}

function asPluginFailure(error: unknown, name: string): StorageError {
  const wrapped = wrapError(error, `load the plugin ${name}`);
  return wrapped.code === 'plugin_failed' ? wrapped : new StorageError('plugin_failed', wrapped.message, { cause: wrapped, context: wrapped.context });
}
