import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspectLocalSource } from './local-source.ts';

const WHEN = new Date('2026-01-01T00:00:00.000Z');

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-source-'));
  file = join(folder, 'file');
  writeFileSync(file, 'contents', { mode: 0o640 });
  utimesSync(file, WHEN, WHEN);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a file that nobody touches is unchanged', async () => {
  const source = await inspectLocalSource(file);
  expect(source).toMatchObject({ size: 8, mode: 0o640 });
  expect((await (await source.open()).toArray()).join('')).toBe('contents');
  await expect(source.requireUnchanged()).resolves.toBeInstanceOf(Date);
});

const CHANGES: Readonly<Record<string, () => void>> = {
  'grew': () => appendFileSync(file, 'x'),
  'was replaced by one of the same size and time': () => {
    writeFileSync(join(folder, 'new'), 'CONTENTS');
    utimesSync(join(folder, 'new'), WHEN, WHEN);
    renameSync(join(folder, 'new'), file);
  },
  'was touched': () => utimesSync(file, new Date(), new Date(0)),
  'is gone': () => rmSync(file),
  'is a link now': () => {
    rmSync(file);
    symlinkSync('/etc/passwd', file);
  },
};

test.each(Object.entries(CHANGES))('a file that %s is noticed', async (_how, change) => {
  const source = await inspectLocalSource(file);
  change();
  await expect(source.requireUnchanged()).rejects.toMatchObject({ code: 'source_changed', retryable: true });
});

test('a file that was replaced before it is opened is not read as the old one', async () => {
  const source = await inspectLocalSource(file);
  rmSync(file);
  writeFileSync(file, 'somebody else’s');
  await expect(source.open()).rejects.toMatchObject({ code: 'source_changed' });
});

test.runIf(process.platform !== 'win32')('links, pipes and folders are told apart, and a pipe does not hang', async () => {
  symlinkSync(file, join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  mkdirSync(join(folder, 'folder'));
  const reason = (name: string) => inspectLocalSource(join(folder, name)).catch((error: Error) => error);
  expect(await reason('link')).toMatchObject({ code: 'unsupported', message: expect.stringContaining('symbolic link') });
  expect(await reason('pipe')).toMatchObject({ code: 'unsupported', message: expect.stringContaining('named pipe') });
  expect(await reason('folder')).toMatchObject({ code: 'unsupported', message: expect.stringContaining('folder') });
  expect(await reason('missing')).toMatchObject({ code: 'not_found', context: { side: 'source' } });
});
