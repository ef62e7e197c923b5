import { isBuiltin } from 'node:module';
import { dirname, posix, relative } from 'node:path';
import { root } from './paths.mjs';

/**
 * @typedef {object} Room
 * @property {string} at the folder or file; of several that fit the longest counts
 * @property {readonly string[]} from the folders and files that it may import
 * @property {(name: string, importer: string) => boolean} packages whether it may import this package or Node module
 * @property {string} instead the sentence that names the right import
 */

const core = ['integrity', 'database', 'storage', 'transfers', 'locations', 'browsing'].map((room) => `electron/${room}/`);
const withoutElectron = 'it runs in plain Node and in worker threads, so it takes what it needs of Electron as an argument: electron/platform has it, electron/app.ts hands it in';
const notElectron = (/** @type {string} */ name) => name !== 'electron' && !name.startsWith('electron/');
const any = () => true;

/** Who may import what: a room imports only from rooms below it. @type {readonly Room[]} */
export const rooms = [
  {
    at: 'shared/',
    from: ['shared/'],
    packages: (name, importer) => name === 'zod' && importer === 'shared/ipc/contract.ts',
    instead: 'shared/ is plain data and pure functions for both processes: it imports only shared/ itself, and zod only in shared/ipc/contract.ts',
  },
  { at: 'electron/integrity/', from: ['shared/', 'electron/integrity/'], packages: notElectron, instead: `integrity stands on shared/ alone and ${withoutElectron}` },
  { at: 'electron/database/', from: ['shared/', 'electron/integrity/', 'electron/database/'], packages: notElectron, instead: `database stands on shared/ and electron/integrity, and ${withoutElectron}` },
  { at: 'electron/storage/', from: ['shared/', 'electron/integrity/', 'electron/storage/'], packages: notElectron, instead: `storage stands on shared/ and electron/integrity, and ${withoutElectron}` },
  {
    at: 'electron/transfers/',
    from: ['shared/', 'electron/integrity/', 'electron/database/', 'electron/storage/', 'electron/transfers/'],
    packages: notElectron,
    instead: `transfers stands on shared/ and electron/{integrity,database,storage}, and ${withoutElectron}`,
  },
  {
    at: 'electron/locations/',
    from: ['shared/', 'electron/integrity/', 'electron/database/', 'electron/storage/', 'electron/locations/'],
    packages: notElectron,
    instead: `locations stands on shared/ and electron/{integrity,database,storage}, and ${withoutElectron}`,
  },
  { at: 'electron/browsing/', from: ['shared/', ...core], packages: notElectron, instead: `browsing stands on shared/ and the rooms below it, and ${withoutElectron}` },
  { at: 'electron/platform/', from: ['shared/', ...core, 'electron/platform/'], packages: any, instead: 'platform holds the Electron-only corners; electron/app.ts hands it to who needs it, it imports nobody above it' },
  { at: 'electron/preload.ts', from: ['shared/'], packages: (name) => name === 'electron', instead: 'the preload is bundled alone and runs in the sandbox: it imports electron and shared/' },
  { at: 'electron/', from: ['shared/', 'electron/'], packages: any, instead: 'main imports shared/ and electron/; it talks to the window through shared/ipc/contract.ts' },
  {
    at: 'renderer/',
    from: ['shared/', 'renderer/'],
    packages: (name) => notElectron(name) && !isBuiltin(name),
    instead: 'the window has no Electron and no Node: it asks main through renderer/bridge.ts and shares types through shared/',
  },
  { at: 'e2e/', from: ['shared/', ...core, 'e2e/'], packages: any, instead: 'e2e looks at the product from outside: it imports shared/ and the rooms that run in plain Node' },
];

/** Folders whose children never import each other, and where that goes which both need. */
const siblings = [
  { inside: 'renderer/features/', instead: 'a feature never imports another feature: what both need goes to renderer/components or renderer/stores' },
  { inside: 'electron/storage/backends/', instead: 'a backend never imports another backend: what both need goes to electron/storage' },
];

/**
 * @param {string} importer relative to the checkout, with `/`
 * @param {string} specifier as written
 * @returns {string | null} why this import is refused
 */
export function refusal(importer, specifier) {
  const room = rooms.filter(({ at }) => importer.startsWith(at)).sort((a, b) => b.at.length - a.at.length)[0];
  if (room === undefined) return null;
  const isTest = /\.test\.tsx?$/.test(importer);
  if (!specifier.startsWith('.')) return room.packages(specifier, importer) || (isTest && notElectron(specifier)) ? null : `${specifier}: ${room.instead}.`;

  const target = posix.join(posix.dirname(importer), specifier);
  // The servers that backends are tested against live in e2e.
  if (isTest && room.at.startsWith('electron/') && target.startsWith('e2e/servers/')) return null;
  if (!room.from.some((place) => target.startsWith(place))) return `${target}: ${room.instead}.`;
  for (const { inside, instead } of siblings) {
    const own = childOf(inside, importer);
    const other = childOf(inside, target);
    if (own !== null && other !== null && own !== other) return `${target}: ${instead}.`;
  }
  return null;
}

/**
 * @param {string} inside
 * @param {string} path
 */
function childOf(inside, path) {
  if (!path.startsWith(inside)) return null;
  const [child, ...rest] = path.slice(inside.length).split('/');
  return rest.length > 0 ? child : null;
}

/** The ESLint rule `layers/rooms`: it sees every way to write an import, also of types only and dynamic ones. @type {import('eslint').Rule.RuleModule} */
const roomsRule = {
  meta: { type: 'problem', schema: [], messages: { refused: '{{ reason }}' } },
  create(context) {
    const importer = relative(root, context.filename).replaceAll('\\', '/');
    const check = (/** @type {any} */ node, /** @type {any} */ source) => {
      const specifier = source?.value ?? source?.literal?.value;
      const reason = typeof specifier === 'string' ? refusal(importer, specifier) : null;
      if (reason !== null) context.report({ node, messageId: 'refused', data: { reason } });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
      TSImportType: (/** @type {any} */ node) => check(node, node.source ?? node.argument),
      'CallExpression[callee.name="require"]': (/** @type {any} */ node) => check(node, node.arguments[0]),
    };
  },
};

export const layers = { meta: { name: 'layers' }, rules: { rooms: roomsRule } };

/**
 * The circles in a graph of imports, each as the files on the way round.
 *
 * @param {ReadonlyMap<string, readonly string[]>} graph
 * @returns {string[][]}
 */
export function findCycles(graph) {
  /** @type {string[][]} */
  const cycles = [];
  /** @type {Set<string>} */
  const finished = new Set();
  /** @type {string[]} */
  const way = [];
  const visit = (/** @type {string} */ file) => {
    if (finished.has(file)) return;
    const at = way.indexOf(file);
    if (at >= 0) {
      cycles.push([...way.slice(at), file]);
      return;
    }
    way.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    way.pop();
    finished.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}

/**
 * The relative imports of one source, as paths relative to the checkout.
 *
 * @param {string} importer
 * @param {readonly string[]} specifiers
 */
export function relativeImports(importer, specifiers) {
  return specifiers.filter((specifier) => specifier.startsWith('.')).map((specifier) => posix.join(dirname(importer).replaceAll('\\', '/'), specifier));
}
