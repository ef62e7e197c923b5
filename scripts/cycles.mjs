import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { findCycles, relativeImports } from './layers.mjs';
import { root } from './paths.mjs';

/** @type {Map<string, string[]>} */
const graph = new Map();
for (const folder of ['shared', 'electron', 'renderer', 'e2e', 'scripts']) {
  for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
    if (!/\.(tsx?|mjs)$/.test(name)) continue;
    const file = `${folder}/${name.replaceAll('\\', '/')}`;
    const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'));
    graph.set(file, relativeImports(file, importedFiles.map(({ fileName }) => fileName)));
  }
}

const cycles = findCycles(graph);
for (const cycle of cycles) process.stderr.write(`circular import: ${cycle.join(' -> ')}\n`);
process.exitCode = cycles.length > 0 ? 1 : 0;
