import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSftpBackend } from './definition.ts';
import { parseSettings } from './settings.ts';
import { makeHome } from './sftp-fixture.ts';
import { suggestHosts } from './suggestions.ts';

let home: Awaited<ReturnType<typeof makeHome>>;
beforeAll(async () => {
  home = await makeHome();
});
afterAll(() => home.remove());

function suggested(text: string) {
  const file = path.join(home.home, 'config');
  writeFileSync(file, text);
  return suggestHosts(file);
}

test('hosts with what they say, and what is said for all', async () => {
  const found = await suggested(`
Host archive
  HostName files.example.org
  User ada
  Port 2222
  IdentityFile ~/.ssh/archive
  ProxyJump gate, eve@far.example.org:99
Host gate
  HostName gate.example.org
  User keeper
  Port 2200
host plain other
Host six
  HostName ::1
Host *
  User anybody
`);
  expect(found).toEqual([
    { label: 'archive', uri: 'sftp://ada@files.example.org:2222/~/', options: { keyFile: '~/.ssh/archive', jump: 'keeper@gate.example.org:2200, eve@far.example.org:99' } },
    { label: 'gate', uri: 'sftp://keeper@gate.example.org:2200/~/', options: {} },
    { label: 'plain', uri: 'sftp://anybody@plain/~/', options: {} },
    { label: 'other', uri: 'sftp://anybody@other/~/', options: {} },
    { label: 'six', uri: 'sftp://anybody@[::1]/~/', options: {} },
  ]);
  for (const { uri, options } of found) expect(parseSettings(uri, options).folder).toBe('~/');
});

test('patterns, lines that cannot be taken over and a broken file suggest nothing', async () => {
  expect(await suggested('Host *.example.org !a web?\n  User x\n')).toEqual([]);
  expect(await suggested('Host a\n  Port ninety\nHost b\n  HostName x y\nHost c\n  ProxyJump ???\n')).toEqual([]);
  expect(await suggested('Host "unfinished\n\0\0')).toEqual([]);
  expect(await suggestHosts(path.join(home.home, 'none'))).toEqual([]);
  expect(await suggestHosts(home.home)).toEqual([]);
});

test('no program is started for a file of settings', async () => {
  const witness = path.join(home.home, 'witness');
  const found = await suggested(`CanonicalizeHostName yes\nMatch exec "touch ${witness}"\n  User eve\nHost a\n  User ada\n`);
  expect(found.map(({ uri }) => uri)).toEqual(['sftp://ada@a/~/']);
  expect(existsSync(witness)).toBe(false);
});

test('the backend asks the home that it was given', async () => {
  expect(await createSftpBackend({ home: '/nonexistent', systemKnownHosts: '', environment: {} }).suggestions?.()).toEqual([]);
});
