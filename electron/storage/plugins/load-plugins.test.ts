import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import nodePath from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_PROOF_POLICY } from '../../../shared/storage/evidence.ts';
import { memoryBackend } from '../backends/memory/definition.ts';
import { Registry } from '../registry.ts';
import { loadPlugins } from './load-plugins.ts';

const CONFIG = { uri: 'thing:///', options: {}, secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null };
const WORDS = `title: 'Thing', description: '', uriLabel: '', uriPlaceholder: '', uriIsFolder: false, secretLabel: null`;
const definition = (name: string, connect = 'async () => null') => `({ name: '${name}', ${WORDS}, fields: [], connect: ${connect} })`;
const module = (body: string) => `export function createBackend(host) { return ${body}; }`;

let folder = '';
let registry = new Registry();

beforeEach(async () => {
  folder = await mkdtemp(nodePath.join(tmpdir(), 'holdfast-plugins-'));
  registry = new Registry([memoryBackend]);
});
afterEach(() => rm(folder, { recursive: true }));

/** Writes a package; modules by file name. */
async function plugin(name: string, modules: Readonly<Record<string, string>>, backends: Readonly<Record<string, string>> = { thing: './thing.mjs' }, apiVersion = 1): Promise<void> {
  const place = nodePath.join(folder, ...name.split('/'));
  await mkdir(place, { recursive: true });
  await writeFile(nodePath.join(place, 'package.json'), JSON.stringify({ name, holdfast: { apiVersion, backends } }));
  for (const [file, text] of Object.entries(modules)) await writeFile(nodePath.join(place, file), text);
}

const load = (enabled: readonly string[], patience?: number) => loadPlugins({ folder, enabled: new Set(enabled), registry, ...(patience !== undefined && { patience }) });
const names = () => registry.list().map(({ name }) => name);

describe('plugins', () => {
  test('an enabled one is loaded and gets the host', async () => {
    const asksHost = `{ name: 'thing', ${WORDS}, title: [host.apiVersion, typeof host.StorageBackend, typeof host.StorageLocation, typeof host.StorageError, Object.isFrozen(host)].join(' '), fields: [], connect: async () => null }`;
    await plugin('thing-plugin', { 'thing.mjs': module(asksHost) });
    expect(await load(['thing-plugin'])).toEqual([{ package: 'thing-plugin', backends: ['thing'], state: 'enabled' }]);
    expect(registry.get('thing').title).toBe('1 function function function true');
  });

  test('one that is not enabled is listed, and none of its code runs', async () => {
    await plugin('quiet', { 'thing.mjs': `globalThis.holdfastPluginRan = true; ${module(definition('thing'))}` });
    expect(await load(['other'])).toEqual([{ package: 'quiet', backends: ['thing'], state: 'disabled' }]);
    expect('holdfastPluginRan' in globalThis).toBe(false);
    expect(names()).toEqual(['memory']);
  });

  test('without a folder there are none', async () => {
    expect(await loadPlugins({ folder: nodePath.join(folder, 'missing'), enabled: new Set(), registry })).toEqual([]);
  });

  test('scoped packages lie one folder deeper; files and hidden folders are no plugins', async () => {
    await plugin('@scope/thing', { 'thing.mjs': module(definition('thing')) });
    await writeFile(nodePath.join(folder, 'readme.txt'), '');
    await mkdir(nodePath.join(folder, '.cache'));
    expect(await load(['@scope/thing'])).toEqual([{ package: '@scope/thing', backends: ['thing'], state: 'enabled' }]);
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['throws when it is loaded', { 'thing.mjs': `throw new Error('no luck');` }, 'Could not load the plugin broken: no luck.'],
    ['is no JavaScript', { 'thing.mjs': 'export {' }, 'Could not load the plugin broken: '],
    ['is not there', {}, 'The module "thing.mjs" that package.json names is not there.'],
    ['exports nothing', { 'thing.mjs': '' }, 'exports no function createBackend(host)'],
    ['throws when it is made', { 'thing.mjs': `export async function createBackend() { throw 'text'; }` }, 'Could not load the plugin broken: text.'],
    ['makes nothing', { 'thing.mjs': module('undefined') }, 'gave no backend definition'],
    ['makes half a definition', { 'thing.mjs': module(`({ name: 'thing' })`) }, 'gave no backend definition: title: '],
    ['has no connect', { 'thing.mjs': module(`({ name: 'thing', ${WORDS}, fields: [] })`) }, 'connect: expected a function'],
    ['has a bad field', { 'thing.mjs': module(`({ name: 'thing', ${WORDS}, fields: [{ key: 'a' }], connect() {} })`) }, 'fields.0.label: '],
    ['has another name than promised', { 'thing.mjs': module(definition('other')) }, 'gave a backend "other", but package.json names it "thing"'],
  ])('one whose module %s is a row with a reason', async (_label, modules, words) => {
    await plugin('broken', modules);
    await plugin('sound', { 'thing.mjs': module(definition('sound')) }, { sound: './thing.mjs' });
    const [broken, sound] = await load(['broken', 'sound']);
    expect(broken).toMatchObject({ package: 'broken', state: 'failed', error: { code: 'plugin_failed', message: expect.stringContaining(words) } });
    expect(sound).toMatchObject({ state: 'enabled' });
    expect(names()).toEqual(['memory', 'sound']);
  });

  test('one that never gets ready does not hold up the others', async () => {
    await plugin('slow', { 'thing.mjs': 'export const createBackend = () => new Promise(() => {});' });
    expect(await load(['slow'], 50)).toMatchObject([{ state: 'failed', error: { message: 'The backend "thing" was not ready after 0.05 seconds.' } }]);
  });

  test('a name that is taken is refused before any code runs, and nothing of that plugin is registered', async () => {
    await plugin('taker', { 'thing.mjs': `globalThis.holdfastTakerRan = true; ${module(definition('memory'))}` }, { fresh: './thing.mjs', memory: './thing.mjs' });
    expect(await load(['taker'])).toMatchObject([{ state: 'failed', error: { message: 'The backend "memory" is there already; a plugin may not replace it.' } }]);
    expect('holdfastTakerRan' in globalThis).toBe(false);
    expect(registry.get('memory')).toBe(memoryBackend);
    expect(names()).toEqual(['memory']);
  });

  test('of two plugins with one backend name the first has it', async () => {
    await plugin('first', { 'thing.mjs': module(definition('thing')) });
    await plugin('second', { 'thing.mjs': module(definition('thing')) });
    expect(await load(['first', 'second'])).toMatchObject([{ state: 'enabled' }, { package: 'second', state: 'failed' }]);
  });

  test('a plugin with one bad backend of two registers neither', async () => {
    await plugin('half', { 'good.mjs': module(definition('good')), 'bad.mjs': '' }, { good: './good.mjs', bad: './bad.mjs' });
    expect(await load(['half'])).toMatchObject([{ state: 'failed', backends: ['good', 'bad'] }]);
    expect(names()).toEqual(['memory']);
  });

  test('a folder may not claim the name of another package', async () => {
    await plugin('trusted', { 'thing.mjs': module(definition('thing')) });
    await writeFile(nodePath.join(folder, 'trusted', 'package.json'), JSON.stringify({ name: 'other', holdfast: { apiVersion: 1, backends: { thing: './thing.mjs' } } }));
    expect(await load(['trusted', 'other'])).toMatchObject([{ package: 'trusted', state: 'failed', error: { message: 'The folder "trusted" holds the package "other": both must have one name.' } }]);
  });

  test('a package written for another version is a row, and so is one without package.json', async () => {
    await plugin('newer', {}, { thing: './thing.mjs' }, 2);
    await mkdir(nodePath.join(folder, 'nothing'));
    expect(await load(['newer', 'nothing'])).toMatchObject([
      { package: 'newer', state: 'failed', error: { message: expect.stringContaining('version 2') } },
      { package: 'nothing', state: 'failed', error: { code: 'not_found' } },
    ]);
  });

  test('a link may not lead out of the package', async () => {
    const outside = await mkdtemp(nodePath.join(tmpdir(), 'holdfast-outside-'));
    await writeFile(nodePath.join(outside, 'thing.mjs'), module(definition('thing')));
    await plugin('linked', {}, { thing: './dist/thing.mjs' });
    await symlink(outside, nodePath.join(folder, 'linked', 'dist'), 'junction');
    expect(await load(['linked'])).toMatchObject([{ state: 'failed', error: { message: 'The module "dist/thing.mjs" leads out of its package.' } }]);
    await rm(outside, { recursive: true });
  });
});

describe('the connect of a plugin', () => {
  test.each([
    ['gives something else than a location', 'async () => ({ list() {} })', { code: 'plugin_failed', message: expect.stringContaining('gave no StorageLocation of this Holdfast') }],
    ['throws a plain error', `() => { throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }`, { code: 'unavailable', context: { backend: 'thing', system: 'ECONNREFUSED' } }],
    ['throws an error of ours', `async () => { throw new host.StorageError('authentication_failed', 'Who are you?') }`, { code: 'authentication_failed', message: 'Who are you?' }],
  ])('that %s is an error of ours', async (_label, connect, expected) => {
    await plugin('thing-plugin', { 'thing.mjs': module(definition('thing', connect)) });
    await load(['thing-plugin']);
    await expect(registry.get('thing').connect(CONFIG)).rejects.toMatchObject(expected);
  });
});
