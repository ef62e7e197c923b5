import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type QueueFixture, openFixture, treeOf } from './queue-fixture.ts';

const BUILT = join(import.meta.dirname, '../../node_modules/.cache/holdfast-test', `crash-${process.pid}`);
const SMALL_FILES = 60;
const LARGE_BYTES = 24 * 1024 * 1024;
/** Lines after which each run is killed: at the very start, in the walk, in small files, in a large one. */
const KILLS = [1, 2, 1, 3, 2, 4, 1, 3, 2, 5];

let fixture: QueueFixture;
beforeAll(async () => {
  await build({
    configFile: false, logLevel: 'error',
    build: { ssr: join(import.meta.dirname, 'crash-child.ts'), outDir: BUILT, emptyOutDir: true, rollupOptions: { external: ['libsql'], output: { entryFileNames: 'child.mjs' } } },
  });
  fixture = await openFixture();
  await fixture.database.close();
});
afterAll(async () => {
  await fixture.close();
  await rm(BUILT, { recursive: true, force: true });
});

/** @returns true when the child came to its end; false when it was killed after so many lines */
async function runChild(lines: number): Promise<boolean> {
  const child: ChildProcess = spawn(process.execPath, [join(BUILT, 'child.mjs'), fixture.folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let seen = 0;
  let finished = false;
  if (child.stdout !== null) {
    createInterface(child.stdout).on('line', (line) => {
      finished ||= line === 'finished';
      if (++seen === lines && !finished) child.kill('SIGKILL');
    });
  }
  const code = await exited;
  if (code !== null && code !== 0) throw new Error(`the child ended with ${code}`);
  return code === 0;
}

test('killed again and again, it ends with every file stored once, proven, with one receipt each, and nothing left over', async () => {
  const tree = join(fixture.sources, 'tree');
  await mkdir(join(tree, 'deep'), { recursive: true });
  for (let index = 0; index < SMALL_FILES; index++) await writeFile(join(tree, index % 2 === 0 ? 'deep' : '.', `file ${index}`), randomBytes(3000 + index));
  for (const name of ['large 1', 'large 2']) await writeFile(join(tree, name), randomBytes(LARGE_BYTES));

  for (const lines of KILLS) if (await runChild(lines)) break;
  expect(await runChild(Infinity)).toBe(true);

  const again = await openFixture(undefined, fixture.folder);
  const queue = again.queue();
  await queue.start({ takeOver: true });
  const { batches } = await queue.overview();
  expect(batches).toMatchObject([{ discovering: false, counts: { done: SMALL_FILES + 2, failed: 0, queued: 0, transferring: 0, paused: 0, canceled: 0 } }]);
  const wanted = await treeOf(tree);
  expect(await treeOf(join(fixture.folder, 'stored', 'tree'))).toEqual(wanted);
  const receipts = (await again.database.receipts.page({ offset: 0, limit: 1000, search: '' })).rows;
  expect(receipts.map(({ destination }) => destination.endpoint.path).toSorted()).toEqual(Object.keys(wanted).filter((name) => !name.endsWith('/')).map((name) => `tree/${name}`).toSorted());
  for (const { destination, checksums, evidence } of receipts) {
    const bytes = Buffer.from(wanted[destination.endpoint.path.replace('tree/', '')] ?? '', 'latin1');
    expect(checksums.sha256).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    expect(evidence.some(({ level }) => level === 3)).toBe(true);
  }
  await again.database.close();
});
