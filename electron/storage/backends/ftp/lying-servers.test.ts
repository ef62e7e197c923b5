import { createSecureContext } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createAuthority } from '../../../../e2e/servers/certificates.ts';
import { FtpFixture, type FtpLies } from '../../../../e2e/servers/ftp-fixture.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import type { LocationOptions } from '../../../../shared/storage/location.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { contents, listed, pattern, rejectsWith, sameBytes, sourceOf, store } from '../../testing/subject.ts';
import { connectFtp } from './ftp-harness.ts';

let fixture: FtpFixture;
let location: StorageLocation | null = null;

afterEach(async () => {
  await location?.close();
  location = null;
  await fixture.stop();
});

/** Connects while the server is honest, then lets it lie. */
async function connected(lies: FtpLies = {}, { options, ...config }: Partial<ConnectConfig> = {}): Promise<StorageLocation> {
  fixture = await FtpFixture.start({ lies });
  location = await connectFtp(fixture, '', { options: plain(options), ...config });
  return location;
}

function plain(options: LocationOptions = {}): LocationOptions {
  return { security: 'none', timeout: 2, ...options };
}

const BYTES = pattern(5000);
const SAVED = { size: BYTES.length };
const ONLY_SIZE = { proof: { minimum: 2, readBack: 'never' } } as const;
const stored = (): readonly string[] => [...fixture.store.files.keys()];

describe('a server that says “complete” though it is not', () => {
  test.each([
    ['loses the end', (bytes: Buffer) => bytes.subarray(0, -1), 'size_mismatch'],
    ['stores nothing', () => Buffer.alloc(0), 'size_mismatch'],
    ['stores other bytes', (bytes: Buffer) => Buffer.from(bytes).fill(1, 100, 101), 'checksum_mismatch'],
  ] as const)('%s: the save fails and nothing lies under the name', async (_what, keeps, code) => {
    const at = await connected();
    await store(at, 'file.bin', pattern(10));
    fixture.lies = { keeps };
    await rejectsWith(() => at.file('file.bin').save(sourceOf(BYTES), SAVED), code);
    expect(stored()).toEqual(['/file.bin']);
    sameBytes(fixture.store.files.get('/file.bin') ?? Buffer.alloc(0), pattern(10), 'the old file');
  });

  test('other bytes without digests are seen by reading back, and without that nothing is claimed', async () => {
    const at = await connected({ unknown: ['HASH'], features: ['SIZE', 'MLST type*;', 'UTF8'], keeps: (bytes) => (bytes.length === BYTES.length ? Buffer.from(bytes).fill(1, 100, 101) : bytes) });
    expect(at.capabilities.serverDigest).toEqual([]);
    await rejectsWith(() => at.file('file.bin').save(sourceOf(BYTES), SAVED), 'checksum_mismatch');
    expect(stored()).toEqual([]);
    const { evidence } = await at.file('file.bin').save(sourceOf(BYTES), { ...SAVED, ...ONLY_SIZE });
    expect(evidenceLevel(evidence)).toBe(0);
  });

  test('a download that is cut short is shorter than the size that was told', async () => {
    const at = await connected();
    await store(at, 'file.bin', BYTES);
    fixture.lies = { sends: (bytes) => bytes.subarray(0, 1000) };
    expect((await contents(at, 'file.bin')).length).toBe(1000);
    expect((await at.stat('file.bin')).size).toBe(BYTES.length);
    await rejectsWith(async () => at.file('other.bin').save(await at.file('file.bin').open(), SAVED), 'size_mismatch');
  });
});

describe('a wrong size', () => {
  test.each([1, -1])('by %i byte fails the save', async (by) => {
    const at = await connected();
    fixture.lies = { size: (bytes) => bytes.length + by };
    await rejectsWith(() => at.file('file.bin').save(sourceOf(BYTES), SAVED), 'size_mismatch');
    expect(stored()).toEqual([]);
  });

  test.each(['-1', '1e9', 'many', '99999999999999999999', ''])('%j is none', async (size) => {
    const at = await connected();
    await store(at, 'file.bin', BYTES);
    fixture.lies = { reply: (command) => (command === 'SIZE' ? `213 ${size}` : command === 'MLST' ? `250-Here\n type=file;size=${size}; /file.bin\n250 End` : undefined) };
    expect((await at.stat('file.bin')).size).toBeNull();
    expect(await at.file('file.bin').size()).toBeNull();
  });
});

describe('a digest', () => {
  test('that is wrong at connect is never asked for again', async () => {
    const at = await connected({ digest: () => 'ab'.repeat(32) });
    expect(at.capabilities.serverDigest).toEqual([]);
    const { evidence } = await at.file('file.bin').save(sourceOf(BYTES), SAVED);
    expect(evidence.map(({ level }) => level)).toEqual([0, 3]);
  });

  test('that turns wrong later fails the save', async () => {
    const at = await connected();
    expect(at.capabilities.serverDigest).toEqual(['sha256']);
    fixture.lies = { digest: () => 'ab'.repeat(32) };
    await rejectsWith(() => at.file('file.bin').save(sourceOf(BYTES), SAVED), 'checksum_mismatch');
    expect(stored()).toEqual([]);
  });

  test('that is none any more is not taken for one', async () => {
    const at = await connected();
    fixture.lies = { digest: () => 'not today' };
    const { evidence } = await at.file('file.bin').save(sourceOf(BYTES), SAVED);
    expect(evidence.map(({ level }) => level)).toEqual([0, 3]);
  });
});

describe('a listing', () => {
  const names = async (listing: string | Buffer, features?: readonly string[]): Promise<readonly string[]> => {
    const at = await connected(features === undefined ? {} : { features });
    fixture.lies = { listing };
    return (await listed(at, '')).map(({ name }) => name);
  };
  const facts = (...all: readonly string[]): string => all.map((name) => `type=file;size=3; ${name}\r\n`).join('');

  test('of names that lead elsewhere shows only what lies in the folder', async () => {
    expect(await names(facts('../../etc/passwd', '/etc/passwd', 'a/b', '..', '.', '', 'nul\0name', 'n'.repeat(10_000), 'good', 'carriage\rreturn', '.holdfast-123456-1-0123456789ab.part'))).toEqual(['good']);
  });

  test('shows each name once, with the facts that came first', async () => {
    const at = await connected();
    fixture.lies = { listing: 'type=file;size=1; twice\r\ntype=dir; twice\r\ntype=file;size=2; twice\r\n' };
    expect((await listed(at, '')).map(({ name, kind, size }) => [name, kind, size])).toEqual([['twice', 'file', 1]]);
  });

  test('keeps escapes in names as they are, and can open them', async () => {
    const name = 'red \u001b[31m name';
    const at = await connected();
    await store(at, name, BYTES);
    expect((await listed(at, '')).map((file) => file.path)).toEqual([name]);
    sameBytes(await contents(at, name), BYTES, 'by its name');
  });

  test('of garbage is empty', async () => {
    expect(await names('nothing\r\n\r\n;;;; \r\n=;=\r\ntype=; x\r\ntype=block; dev\r\ntype=cdir; .\r\ntype=pdir; ..\r\n\0\0\0\r\n')).toEqual([]);
    await location?.close();
    await fixture.stop();
    expect(await names(Buffer.from([0xff, 0xfe, 0x0a, 0x80, 0x0d, 0x0a]))).toEqual([]);
  });

  test('with names that are no UTF-8 shows the others', async () => {
    expect(await names(Buffer.concat([Buffer.from('type=file; bad'), Buffer.from([0xe4]), Buffer.from('\r\ntype=file; bad\ufffd\r\ntype=file; good\r\n')]))).toEqual(['bad\ufffd', 'good']);
  });

  test('in the form of LIST shows the same care', async () => {
    const line = (name: string): string => `-rw-r--r--   1 u  g   3 Jan  1 00:00 ${name}\r\n`;
    const list = ['../up', '/abs', 'n'.repeat(10_000), 'good', 'good', '..', ' leading'].map(line).join('');
    expect(await names(`total 9\r\n${list}garbage\r\n x=y; z\r\ndrwxr-xr-x 2 u g 4096 Jan 1 00:00 folder\r\n`, ['SIZE', 'MDTM', 'UTF8'])).toEqual(['good', ' leading', 'folder']);
  });

  test('of folders without end is not followed without end', async () => {
    const at = await connected();
    fixture.lies = { listing: 'type=dir; again\r\n', reply: (command) => (command === 'MLST' ? '250-Here\n type=dir; /x\n250 End' : command === 'RMD' ? '550 Directory not empty' : undefined) };
    fixture.store.folders.add('/x');
    const deep = Array.from({ length: 1100 }, (_, depth) => `/x${'/again'.repeat(depth)}`);
    for (const folder of deep) fixture.store.folders.add(folder);
    await rejectsWith(() => at.remove('x', { recursive: true }), 'invalid_location');
  });
});

describe('replies', () => {
  test('of several lines do not pass for others', async () => {
    const at = await connected();
    await store(at, 'file.bin', BYTES);
    fixture.lies = { reply: (command) => (command === 'SIZE' ? '213-999\n250 not the end\n 213 888\n213 5000' : undefined) };
    expect(await at.file('file.bin').size()).toBe(5000);
  });

  test('that repeat the password do not show it', async () => {
    fixture = await FtpFixture.start();
    const wrong = 'secret-that-is-wrong';
    const error = await rejectsWith(() => connectFtp({ ...access(fixture), password: wrong }, '', { options: plain() }), 'authentication_failed');
    expect(error.message).not.toContain(wrong);
    expect(error.message).toContain('***');
  });

  test.each(['999 what', 'no code at all', '150 and nothing more'])('like %j end with an error in time', async (reply) => {
    const at = await connected({}, { options: { timeout: 0.5 } });
    fixture.lies = { reply: (command) => (command === 'MLST' ? reply : undefined) };
    await expect(at.stat('file.bin')).rejects.toThrow();
  });

  test('that never end are cut', async () => {
    const at = await connected();
    fixture.lies = { reply: (command) => (command === 'MLST' ? `250-${'x'.repeat(200_000)}` : undefined) };
    await rejectsWith(() => at.stat('file.bin'), 'unavailable');
  });
});

describe('PASV', () => {
  test('that points to another host is not followed: nothing listens there', async () => {
    const at = await connected({ unknown: ['EPSV'], pasvHost: '127,0,0,2' });
    await store(at, 'file.bin', BYTES);
    sameBytes(await contents(at, 'file.bin'), BYTES, 'over the server itself');
  });

  test.each(['227 Passive (1,2,3)', '227 Passive (127,0,0,1,999,1)', '227 nothing', '229 Extended (|||70000|)'])('%j is no place', async (reply) => {
    const at = await connected({ unknown: ['EPSV'] });
    fixture.lies = { unknown: ['EPSV'], reply: (command) => (command === 'PASV' ? reply : undefined) };
    await rejectsWith(async () => at.file('file.bin').open(), 'unsupported');
  });
});

describe('names', () => {
  test('never become commands', async () => {
    const at = await connected();
    await store(at, 'victim', BYTES);
    for (const name of ['x\r\nDELE /victim', 'x\nDELE /victim', 'x\rDELE /victim', 'x\0y']) {
      await rejectsWith(async () => store(at, name, BYTES), 'invalid_location');
      await rejectsWith(async () => at.stat(name), 'invalid_location');
      await rejectsWith(async () => at.makeDirectory(name), 'invalid_location');
      await rejectsWith(async () => at.remove(name), 'invalid_location');
      await rejectsWith(async () => at.move('victim', name), 'invalid_location');
      await rejectsWith(async () => listed(at, name), 'invalid_location');
    }
    expect(fixture.commands.filter((command) => command.startsWith('DELE /victim'))).toEqual([]);
    expect(stored()).toEqual(['/victim']);
    await rejectsWith(() => connectFtp({ ...access(fixture), password: 'x\r\nDELE /victim' }, '', { options: plain() }), 'invalid_config');
    await rejectsWith(() => connectFtp({ ...access(fixture), user: 'x\r\nDELE /victim' }, '', { options: plain() }), 'invalid_config');
  });

  test('beyond ASCII are refused where the server does not say UTF-8', async () => {
    const at = await connected({ features: ['EPSV', 'SIZE', 'MLST type*;'], reply: (command) => (command === 'OPTS' ? '501 No.' : undefined) });
    await rejectsWith(async () => store(at, 'Café', BYTES), 'invalid_location');
    await store(at, 'Cafe', BYTES);
    fixture.lies = { ...fixture.lies, listing: 'type=file; Café\r\ntype=file; Cafe\r\n' };
    expect((await listed(at, '')).map(({ name }) => name)).toEqual(['Cafe']);
  });
});

describe('a server with few commands', () => {
  test('of 1985 still takes, lists and gives files', async () => {
    const at = await connected({ unknown: ['EPSV', 'MLST', 'MLSD', 'SIZE', 'MDTM', 'MFMT', 'HASH', 'FEAT', 'OPTS'] });
    await store(at, 'file.bin', BYTES);
    sameBytes(await contents(at, 'file.bin'), BYTES, 'read back');
    expect((await listed(at, '')).map(({ name, size, modified }) => [name, size, modified])).toEqual([['file.bin', BYTES.length, null]]);
    expect(at.capabilities).toMatchObject({ list: true, resume: true, preserveModified: false, serverDigest: [] });
  });

  test('that allows two connections carries eight saves', async () => {
    const at = await connected({ mostConnections: 2 });
    await Promise.all(Array.from({ length: 8 }, (_, index) => store(at, `file-${index}`, pattern(200_000, index))));
    expect(stored().length).toBe(8);
    sameBytes(await contents(at, 'file-7'), pattern(200_000, 7), 'one of them');
  });

  test('that allows one connection says so when a copy would need two', async () => {
    const at = await connected({ mostConnections: 1 }, { options: { timeout: 0.3 } });
    const large = pattern(3_000_000);
    await store(at, 'file.bin', large);
    const error = await rejectsWith(() => at.file('copy.bin').copyFrom(at.file('file.bin')), 'unavailable');
    expect(error.message).toContain('one connection only');
    sameBytes(await contents(at, 'file.bin'), large, 'afterwards');
  });
});

describe('an answer that is lost', () => {
  test('of the rename is looked up', async () => {
    const at = await connected();
    fixture.lies = { loseAnswerTo: ['RNTO'] };
    await store(at, 'file.bin', BYTES);
    expect(stored()).toEqual(['/file.bin']);
  });

  test('of the bytes is looked up too', async () => {
    const at = await connected();
    fixture.lies = { loseAnswerTo: ['STOR'] };
    const { evidence } = await at.file('file.bin').save(sourceOf(BYTES), SAVED);
    expect(evidenceLevel(evidence)).toBe(2);
    expect(stored()).toEqual(['/file.bin']);
  });

  test('a server that ended idle connections is asked over new ones', async () => {
    const at = await connected();
    await store(at, 'file.bin', BYTES);
    fixture.hangUp();
    sameBytes(await contents(at, 'file.bin'), BYTES, 'over a new connection');
  });
});

test('the user is told to nobody whose certificate is not trusted', async () => {
  const authority = await createAuthority(['IP:127.0.0.1']);
  try {
    fixture = await FtpFixture.start({ lies: { secureContext: createSecureContext(authority) } });
    await rejectsWith(() => connectFtp(access(fixture), '', { options: { timeout: 2 } }), 'untrusted_server');
    expect(fixture.commands).toEqual(['AUTH TLS']);
    await rejectsWith(() => connectFtp(access(fixture), '', { options: { timeout: 2, caFile: authority.caFile }, secret: 'wrong' }), 'authentication_failed');
    expect(fixture.commands.slice(1)).toEqual(['AUTH TLS', 'USER user', 'PASS wrong']);
  } finally {
    await authority.remove();
  }
});

test('a server without TLS gets nothing but the question for it', async () => {
  fixture = await FtpFixture.start();
  const error = await rejectsWith(() => connectFtp(access(fixture), '', { options: { timeout: 2 } }), 'unsupported');
  expect(error.message).toContain('offers no TLS');
  expect(fixture.commands).toEqual(['AUTH TLS']);
});

test('IPv6 works, with its address in brackets', async () => {
  fixture = await FtpFixture.start({ host: '::1' });
  location = await connectFtp(access(fixture), '', { options: plain(), uri: `ftp://user@[::1]:${fixture.port}/` });
  await store(location, 'file.bin', BYTES);
  expect(location.file('file.bin').uri).toBe(`ftp://user@[::1]:${fixture.port}/file.bin`);
});

test('nothing is written to a location that is set to read only', async () => {
  fixture = await FtpFixture.start();
  fixture.store.put('/there.bin', BYTES);
  location = await connectFtp(access(fixture), '', { options: plain({ readOnly: true }) });
  expect(location.capabilities).toMatchObject({ rangeRead: true, serverDigest: ['sha256'], delete: false, move: false, makeDirectory: false, resume: false });
  await rejectsWith(() => store(location as StorageLocation, 'file.bin', BYTES), 'permission_denied');
  await rejectsWith(() => (location as StorageLocation).remove('there.bin'), 'permission_denied');
  await location.probe();
  const writing = /^(?:STOR|APPE|DELE|MKD|RMD|RNFR|RNTO|MFMT|SITE) /;
  expect(fixture.commands.filter((command) => writing.test(command))).toEqual([]);
});

test('a probe that is canceled leaves nothing', async () => {
  fixture = await FtpFixture.start();
  const abort = new AbortController();
  fixture.lies = {
    reply: (command) => {
      if (command === 'RNFR') abort.abort();
      return undefined;
    },
  };
  await expect(connectFtp(access(fixture), '', { options: plain() }, abort.signal)).rejects.toMatchObject({ code: 'canceled' });
  expect(stored()).toEqual([]);
});

function access({ port, user, password }: FtpFixture): { readonly port: number; readonly user: string; readonly password: string } {
  return { port, user, password };
}
