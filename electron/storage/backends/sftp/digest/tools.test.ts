import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { formatChecksum } from '../../../../../shared/storage/checksum.ts';
import { ODD_NAMES } from '../../../testing/conformance.ts';
import { isPlain, prefixScript, probeScript, readDigest, readDigests, readProbe, severalScript, wholeScript } from './tools.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-tools-'));
const inner = path.join(folder, 'inner');
mkdirSync(inner);
afterAll(() => rmSync(folder, { recursive: true }));

const isPosix = process.platform !== 'win32';
const sha256 = (text: string) => formatChecksum('sha256', createHash('sha256').update(text).digest('hex'));
/** As on the server: the script comes on standard input. */
const sh = (script: string) => execFileSync('/bin/sh', { input: Buffer.from(`${script}\n`), cwd: folder, encoding: 'latin1', stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: process.env['PATH'] } });

/** Each would leave a file behind if it were taken for more than a name. */
const HOSTILE = ['$(touch witness)', '`touch witness`', '; touch witness', "'; touch witness; '", '"; touch witness; "', '\\\'; touch witness; \\\'', '\n touch witness\n', "'\n touch witness\n'", '| touch witness', '&& touch witness', '> witness', '$HOME', '${IFS}touch${IFS}witness', '* ?', '!!', '-n', '#', '~', "\u2019; touch witness"];

describe('names in scripts', () => {
  test.runIf(isPosix).each([...HOSTILE, ...ODD_NAMES])('%j is only a name', (name) => {
    const file = path.join(inner, name);
    writeFileSync(file, name);
    expect(readDigest(sh(wholeScript('sha256sum', file)), 'sha256')).toBe(sha256(name));
    expect(readDigest(sh(prefixScript('sha256sum', file, 1)), 'sha256')).toBe(formatChecksum('sha256', createHash('sha256').update(Buffer.from(name).subarray(0, 1)).digest('hex')));
    if (isPlain(file)) expect(readDigests(sh(severalScript('sha256sum', [file, file])), 2, 'sha256')).toEqual([sha256(name), sha256(name)]);
    expect(readDigest(sh(probeScript(file)).split('\n').find((line) => line.startsWith('sha256 '))?.split(' ')[2] ?? '', 'sha256')).toBe(sha256(name));
    expect(readdirSync(folder)).toEqual(['inner']);
    rmSync(file);
    expect(readdirSync(inner)).toEqual([]);
  });

  test.runIf(isPosix)('a file that is gone gives no digest, alone or among others', () => {
    const file = path.join(inner, 'here');
    writeFileSync(file, 'x');
    expect(readDigests(sh(`${severalScript('sha256sum', [file, `${file}2`])} || true`), 2, 'sha256')).toBeNull();
    expect(readDigest(sh(`${wholeScript('sha256sum', `${file}2`)} || true`), 'sha256')).toBeNull();
  });
});

describe('answers', () => {
  const right = sha256('x');
  const digits = right.slice('sha256:'.length);

  test('only commands that gave the right digest count', () => {
    const expected = () => right;
    expect(readProbe(`sha256 0 ${digits}  -`, expected)).toEqual({ sha256: 'sha256sum' });
    expect(readProbe(`welcome\nsha256 3 ${digits} *stdin\n`, expected)).toEqual({ sha256: 'openssl dgst -sha256 -r' });
    for (const output of ['', `sha256 0 ${'0'.repeat(64)}`, `sha256 9 ${digits}`, `rot13 0 ${digits}`, `sha256 0 ${digits.slice(1)}`, 'sha256 0', `${digits}`]) expect(readProbe(output, expected)).toEqual({});
  });

  test.each([`${digits}  -`, `${digits} *stdin`, digits, `  ${digits.toUpperCase()}\r`])('%j is a digest', (line) => {
    expect(readDigest(line, 'sha256')).toBe(right);
  });

  test.each(['', `\\${digits}  a`, `${digits}0  -`, `${digits.slice(2)}  -`, `SHA256 (a) = ${digits}`, `x${digits}`])('%j is none', (line) => {
    expect(readDigest(line, 'sha256')).toBeNull();
  });
});
