import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PROOF_POLICY } from '../../../shared/storage/evidence.ts';
import { Registry } from '../registry.ts';
import type { StorageLocation } from '../storage-location.ts';
import { type ConformanceHarness, describeBackend } from '../testing/conformance.ts';
import { loadPlugins } from './load-plugins.ts';

const DOCS = new URL('../../../docs/', import.meta.url);

async function shelf(uri: string, overrides: Parameters<ConformanceHarness['open']>[0] = {}): Promise<StorageLocation> {
  return registry.get('shelf').connect({ uri, options: {}, secret: null, proof: overrides.proof ?? DEFAULT_PROOF_POLICY, sizeLimit: overrides.sizeLimit ?? null });
}

const registry = new Registry();
const states = await loadPlugins({ folder: fileURLToPath(new URL('examples/', DOCS)), enabled: new Set(['holdfast-shelf']), registry });
let opened = 0;

describe('the example of the guide for backend authors', () => {
  test('loads as a plugin', () => {
    expect(states).toEqual([{ package: 'holdfast-shelf', backends: ['shelf'], state: 'enabled' }]);
  });

  test('every piece of code in the guide is that of the example', async () => {
    const guide = await readFile(new URL('backend-authors.md', DOCS), 'utf8');
    const example = `${await readFile(new URL('examples/holdfast-shelf/dist/shelf.js', DOCS), 'utf8')}\n${await readFile(new URL('examples/holdfast-shelf/package.json', DOCS), 'utf8')}`.replaceAll(/\s+/g, ' ');
    const blocks = [...guide.matchAll(/```(?:js|json)\n(.*?)```/gs)].map(([, code]) => (code ?? '').replaceAll(/\s+/g, ' ').trim());
    expect(blocks.length).toBeGreaterThan(2);
    for (const block of blocks) expect(example).toContain(block);
  });
});

describeBackend('the example plugin', {
  async open(overrides) {
    opened += 1;
    return shelf(`shelf:///${opened}`, overrides);
  },
  async residue() {
    const names: string[] = [];
    for await (const page of (await shelf(`shelf:///${opened}`)).list('')) names.push(...page.map(({ path }) => path));
    return names;
  },
  close: () => Promise.resolve(),
});
