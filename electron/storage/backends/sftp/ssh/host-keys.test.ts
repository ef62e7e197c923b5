import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { trustOfferOf } from '../../../../../shared/storage/trust-offer.ts';
import { parseEndpoint } from './endpoint.ts';
import { HostKeys } from './host-keys.ts';
import { fingerprint } from './key-blob.ts';
import { parseKnownHosts } from './known-hosts.ts';
import { sshString } from './openssh-key.ts';

function newKey(): Buffer {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  return Buffer.concat([sshString(Buffer.from('ssh-ed25519')), sshString(Buffer.from(x, 'base64url'))]);
}

const RIGHT = newKey();
const OTHER = newKey();
const RSA = Buffer.concat([sshString(Buffer.from('ssh-rsa')), sshString(Buffer.from([3])), sshString(Buffer.from([5]))]);
const line = (names: string, blob = RIGHT, type = 'ssh-ed25519') => `${names} ${type} ${blob.toString('base64')} comment\n`;
const server = { host: 'files.example.org', port: 22, user: 'ada' };
const elsewhere = { ...server, port: 2222 };

function hashed(name: string): string {
  const salt = Buffer.from('0123456789abcdef0123');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/** null, or what is offered */
function verdict(known: string, { endpoint = server, blob = RIGHT, pins = '', isJump = false } = {}): string | null {
  const error = new HostKeys(pins, parseKnownHosts(known, 'known_hosts')).verdict(endpoint, blob, isJump);
  expect(error?.code ?? 'untrusted_server').toBe('untrusted_server');
  return error === null ? null : (trustOfferOf(error)?.trust ?? 'nothing');
}

describe('known_hosts', () => {
  test.each([
    ['a name', 'files.example.org', server],
    ['one of several names', 'a,files.example.org,b', server],
    ['a name in capitals', 'FILES.example.org', server],
    ['a pattern', '*.example.org', server],
    ['a pattern of single characters', 'file?.example.or?', server],
    ['a name with a port', '[files.example.org]:2222', elsewhere],
    ['a name without a port, for another port', 'files.example.org', elsewhere],
    ['a hashed name', hashed('files.example.org'), server],
    ['a hashed name with a port', hashed('[files.example.org]:2222'), elsewhere],
  ])('%s is known', (_, names, endpoint) => {
    expect(verdict(line(names), { endpoint })).toBeNull();
    expect(verdict(line(names), { endpoint: { ...endpoint, host: 'other.example.com' } })).toBe('unknown');
  });

  test.each([
    ['a pattern that is ruled out', '*.example.org,!files.example.org'],
    ['a name with another port', '[files.example.org]:2222'],
    ['an authority', '@cert-authority *.example.org'],
    ['a mark that nobody knows', '@whatever files.example.org'],
    ['a comment', '# files.example.org'],
    ['another version of hashing', hashed('files.example.org').replace('|1|', '|2|')],
  ])('%s says nothing', (_, names) => {
    expect(verdict(line(names))).toBe('unknown');
  });

  test('another key than the known one is a changed one, of the same kind or not', () => {
    expect(verdict(line('files.example.org'), { blob: OTHER })).toBe('changed');
    expect(verdict(line('files.example.org'), { blob: RSA })).toBe('changed');
    expect(verdict(line('files.example.org', OTHER) + line('files.example.org'))).toBeNull();
  });

  test('a revoked key is refused although it is known', () => {
    expect(verdict(`${line('files.example.org')}@revoked ${line('*')}`)).toBe('changed');
    expect(verdict(`${line('files.example.org')}@revoked ${line('*', OTHER)}`)).toBeNull();
  });

  test('lines that are damaged are skipped', () => {
    const bad = ['files.example.org', 'files.example.org ssh-ed25519', 'files.example.org ssh-ed25519 ***', line('files.example.org', RIGHT, 'ssh-rsa').trim(), '|1|x', '\0\0\0', `${'*'.repeat(2000)}b ssh-ed25519 ${RIGHT.toString('base64')}`].join('\n');
    expect(verdict(bad)).toBe('unknown');
    expect(verdict(`${bad}\n${line('files.example.org')}`)).toBeNull();
  });

  test('the kind that is known is asked for first', () => {
    const first = (known: string) => new HostKeys('', parseKnownHosts(known, 'f')).preferred(server);
    expect(first('')).toEqual([]);
    expect(first(line('files.example.org', RSA, 'ssh-rsa'))).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']);
    expect(first(line('files.example.org', RSA, 'ssh-rsa') + line('files.example.org'))[3]).toBe('ssh-ed25519');
  });
});

describe('a pinned key', () => {
  test('counts alone, whatever known_hosts says', () => {
    const pins = fingerprint(RIGHT);
    expect(verdict('', { pins })).toBeNull();
    expect(verdict(line('files.example.org', OTHER), { pins })).toBeNull();
    expect(verdict(line('files.example.org', OTHER), { pins, blob: OTHER })).toBe('changed');
    expect(verdict(`@revoked ${line('*')}`, { pins })).toBe('changed');
  });

  test('is written in several ways', () => {
    for (const pins of [fingerprint(RIGHT).slice('SHA256:'.length), `sha256:${fingerprint(RIGHT).slice(7)}=`, ` ${fingerprint(RIGHT)} `, `${fingerprint(OTHER)}, ${fingerprint(RIGHT)}`]) expect(verdict('', { pins })).toBeNull();
    for (const pins of ['MD5:00:11', 'SHA256:short', 'a b c', `${fingerprint(RIGHT)} extra words`]) expect(() => verdict('', { pins })).toThrow(expect.objectContaining({ code: 'invalid_config', context: { field: 'hostKey' } }));
  });

  test('of a jump host is kept apart from that of the server', () => {
    const gate = { host: 'gate.example.org', port: 22, user: 'ada' };
    const pins = `gate.example.org:22 ${fingerprint(RIGHT)}`;
    expect(verdict('', { pins, endpoint: gate, isJump: true })).toBeNull();
    expect(verdict('', { pins, endpoint: gate, isJump: true, blob: OTHER })).toBe('changed');
    expect(verdict('', { pins, blob: OTHER })).toBe('unknown');
    const offered = new HostKeys(pins, []).verdict(server, OTHER, false);
    const added = String(offered?.context['trustValue']);
    expect(verdict('', { pins: added, endpoint: gate, isJump: true })).toBeNull();
    expect(verdict('', { pins: added, blob: OTHER })).toBeNull();
  });

  test('the offer tells what to compare', () => {
    const error = new HostKeys('', []).verdict(elsewhere, RIGHT, false);
    expect(error?.message).toContain(fingerprint(RIGHT));
    expect(error && trustOfferOf(error)).toEqual({ trust: 'unknown', trustOption: 'hostKey', trustValue: fingerprint(RIGHT), trustDetails: `Server: files.example.org:2222\nKind of key: ssh-ed25519\nFingerprint: ${fingerprint(RIGHT)}` });
  });
});

test.each([
  ['ada@gate.example.org:2222', { user: 'ada', host: 'gate.example.org', port: 2222 }],
  ['gate', { user: 'me', host: 'gate', port: 22 }],
  ['ada@[::1]:22', { user: 'ada', host: '::1', port: 22 }],
  ['[fe80::1%eth0]', { user: 'me', host: 'fe80::1%eth0', port: 22 }],
  ['ada:secret@gate', null],
  ['gate:0', null],
  ['gate:70000', null],
  ['gate:port', null],
  ['a b', null],
  ['', null],
  ['::1', null],
])('the jump host %j', (text, expected) => {
  expect(parseEndpoint(text, 'me')).toEqual(expected);
});
