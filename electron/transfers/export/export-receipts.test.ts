import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Receipt } from '../../../shared/transfers/transfer.ts';
import { exportReceipts } from './export-receipts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-export-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function receipt(path: string, bytes: string | null): Receipt {
  const checksums = bytes === null ? {} : { sha256: `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const };
  return {
    id: path, transferId: '1', direction: 'upload',
    source: { endpoint: { kind: 'local', path: `/home/ada/${path}` }, uri: '', size: 1, modifiedBefore: null, modifiedAfter: null },
    destination: { endpoint: { kind: 'location', locationId: 'l', path }, locationName: 'A', uri: '', versionId: null },
    size: 1, checksums, evidence: [], resumed: [], errors: [], attempts: 1, startedAt: '', finishedAt: '', appVersion: '',
  };
}

async function* pages(...receipts: readonly (readonly Receipt[])[]): AsyncGenerator<readonly Receipt[]> {
  for (const page of receipts) yield await Promise.resolve(page);
}

const source = (...given: readonly (readonly Receipt[])[]) => ({ all: () => pages(...given), latest: () => pages(...given) });

async function text(format: Parameters<typeof exportReceipts>[0], ...given: readonly (readonly Receipt[])[]): Promise<string> {
  let all = '';
  for await (const piece of exportReceipts(format, source(...given))) all += piece;
  return all;
}

const NAMES = ['plain', 'deep/er/file', 'with space ', ' leading', 'back\\slash', 'new\nline', 'return\rhere', '\\n', 'ä e\u0301 😀', '-dash', '*star', '#hash', "quo'te\""];

test.runIf(process.platform === 'linux')('sha256sum itself accepts the list, whatever the names are', async () => {
  for (const name of NAMES) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `contents of ${name}`);
  }
  const list = await text('sha256sums', NAMES.slice(0, 4).map((name) => receipt(name, `contents of ${name}`)), NAMES.slice(4).map((name) => receipt(name, `contents of ${name}`)));
  writeFileSync(join(folder, 'SHA256SUMS'), list);
  const out = execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  expect(out.match(/: OK$/gm)).toHaveLength(NAMES.length);
  const own = execFileSync('sha256sum', ['--', ...NAMES], { cwd: folder, encoding: 'utf8' });
  expect(list).toBe(own);
});

test('a receipt without a sha256 has no line', async () => {
  expect(await text('sha256sums', [receipt('a', null)])).toBe('');
});

test('JSON is one array over all pages, also without any receipt', async () => {
  const given = [[receipt('a', 'a'), receipt('b', 'b')], [receipt('c\n"', 'c')]];
  expect(JSON.parse(await text('json', ...given))).toEqual(given.flat());
  expect(JSON.parse(await text('json'))).toEqual([]);
});

test('JSON Lines has one receipt a line', async () => {
  const lines = (await text('jsonl', [receipt('a', 'a')], [receipt('b\n', 'b')])).trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as Receipt).id)).toEqual(['a', 'b\n']);
});
