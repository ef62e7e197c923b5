import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeServer } from '../../../../../e2e/servers/real/describe-server.ts';
import { readKey, requireKey } from './private-key.ts';

const PASSPHRASE = 'pass phrase';
const keys = path.join(import.meta.dirname, 'test-keys');
const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The Base64 of a public key file. */
const publicDigits = (file: string) => readFileSync(file, 'utf8').split(' ')[1];
const shownBy = async (file: string, passphrase: string | null) => (await requireKey(file, passphrase)).getPublicSSH().toString('base64');

/** A key that cannot sign was taken apart wrongly, whatever its public half says. */
async function expectSigns(file: string, passphrase: string | null): Promise<void> {
  const key = await requireKey(file, passphrase);
  const text = Buffer.from('something to sign');
  const algorithm = key.type === 'ssh-rsa' ? 'sha512' : undefined;
  expect(key.verify(text, key.sign(text, algorithm), algorithm)).toBe(true);
}

describe('keys of PuTTY', () => {
  test.each(['ed-v3', 'dsa-v2'])('%s opens without a passphrase', async (name) => {
    expect(await shownBy(path.join(keys, `${name}.ppk`), null)).toBe(publicDigits(path.join(keys, `${name}.pub`)));
    await expectSigns(path.join(keys, `${name}.ppk`), null);
  });

  test.each(['ed-v3-enc', 'rsa-v3-enc', 'ec-v2-enc', 'ed-v2-enc'])('%s opens with its passphrase only', async (name) => {
    const file = path.join(keys, `${name}.ppk`);
    expect(await shownBy(file, PASSPHRASE)).toBe(publicDigits(path.join(keys, `${name}.pub`)));
    await expectSigns(file, PASSPHRASE);
    expect(await readKey(file, null)).toEqual({ problem: 'needs passphrase' });
    expect(await readKey(file, 'wrong')).toEqual({ problem: 'wrong passphrase' });
  });

  test('a changed file is noticed, with Windows line ends too', async () => {
    const text = readFileSync(path.join(keys, 'ed-v3.ppk'), 'utf8');
    const changed = (name: string, change: (text: string) => string) => {
      const file = path.join(folder, name);
      writeFileSync(file, change(text));
      return file;
    };
    expect(await shownBy(changed('crlf.ppk', (key) => key.replaceAll('\n', '\r\n')), null)).toBe(publicDigits(path.join(keys, 'ed-v3.pub')));
    expect(await readKey(changed('comment.ppk', (key) => key.replace('Comment: ada', 'Comment: eve')), null)).toEqual({ problem: 'unreadable' });
    expect(await readKey(changed('short.ppk', (key) => key.slice(0, 200)), null)).toEqual({ problem: 'unreadable' });
    expect(await readKey(changed('lines.ppk', (key) => key.replace(/Public-Lines: \d+/, 'Public-Lines: 4000000000')), null)).toEqual({ problem: 'unreadable' });
    const encrypted = readFileSync(path.join(keys, 'ed-v3-enc.ppk'), 'utf8');
    writeFileSync(path.join(folder, 'greedy.ppk'), encrypted.replace('Argon2-Memory: 256', 'Argon2-Memory: 4000000000'));
    expect(await readKey(path.join(folder, 'greedy.ppk'), PASSPHRASE)).toEqual({ problem: 'unreadable' });
  });
});

describeServer('openssh', () => {
  test.each([
    ['ed25519', []],
    ['ecdsa', []],
    ['rsa', ['-m', 'PEM']],
    ['rsa', []],
    ['ed25519', ['-Z', 'aes256-cbc']],
    ['ed25519', ['-Z', 'aes128-ctr', '-a', '3']],
    ['ed25519', ['-Z', 'aes256-gcm@openssh.com', '-a', '2']],
  ])('a key of ssh-keygen -t %s %j opens with its passphrase only', async (kind, form) => {
  const file = path.join(folder, `${kind}${form.join('')}`);
  execFileSync('ssh-keygen', ['-q', '-t', kind, ...form, '-N', PASSPHRASE, '-f', file]);
  expect(await shownBy(file, PASSPHRASE)).toBe(publicDigits(`${file}.pub`));
  await expectSigns(file, PASSPHRASE);
  expect(await readKey(file, null)).toEqual({ problem: 'needs passphrase' });
  expect(await readKey(file, 'wrong')).toEqual({ problem: 'wrong passphrase' });
  });
});

test.each([
  ['nothing there', null, /cannot be read/],
  ['no key', 'hello', /holds no private key/],
  ['a public key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIATlsrcOiM7mFJy7TGJ+XXZhsT4wABb3UvtS+ko0XbWO ada', /holds no private key/],
  ['much too long', 'x'.repeat(300_000), /holds no private key/],
])('%s is told by name', async (what, contents, message) => {
  const file = path.join(folder, what);
  if (contents !== null) writeFileSync(file, contents);
  await expect(requireKey(file, null)).rejects.toMatchObject({ code: 'invalid_config', message: expect.stringMatching(message) as unknown, context: { field: 'keyFile' } });
});
