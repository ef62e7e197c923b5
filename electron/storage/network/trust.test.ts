import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Socket, createServer as createPlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type TLSSocket, createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type CertificateFiles, type ServerCertificates, createServerCertificates } from '../../../e2e/servers/real/certificates.ts';
import { trustOfferOf } from '../../../shared/storage/trust-offer.ts';
import { StorageError } from '../../../shared/storage/errors.ts';
import { openSocket } from './open-socket.ts';
import { type Trust, createTrust, secured } from './trust.ts';

let folder: string;
let certificates: ServerCertificates;
let withAuthority: Trust;
const ends: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-trust-'));
  certificates = await createServerCertificates(folder);
  withAuthority = await createTrust({ caFile: certificates.caFile });
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

afterAll(() => rm(folder, { recursive: true }));

interface Shown {
  readonly port: number;
  /** bytes that came over trusted or untrusted connections */
  readonly received: Buffer[];
  use(files: CertificateFiles): Promise<void>;
}

/** A TLS server on loopback; says hello so that tickets of TLS 1.3 arrive. */
async function serve(files: CertificateFiles, version: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3'): Promise<Shown> {
  const read = async ({ certFile, keyFile }: CertificateFiles) => ({ cert: await readFile(certFile), key: await readFile(keyFile) });
  const received: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ ...(await read(files)), minVersion: version, maxVersion: version }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined).on('data', (bytes: Buffer) => received.push(bytes)).write('hello');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, received, use: async (next) => server.setSecureContext(await read(next)) };
}

const fingerprintOf = async ({ certFile }: CertificateFiles) => new X509Certificate(await readFile(certFile)).fingerprint256;

async function connect({ port }: Shown, trust: Trust, { host = '127.0.0.1', session }: { host?: string; session?: Buffer } = {}): Promise<TLSSocket> {
  const socket = await openSocket({ host: '127.0.0.1', port, proxy: null, timeout: 20_000 });
  const secure = await secured(socket, trust, host, session === undefined ? {} : { session });
  ends.unshift(() => Promise.resolve(void secure.destroy()));
  return secure;
}

async function refused(server: Shown, trust: Trust, options: { host?: string; session?: Buffer } = {}): Promise<StorageError> {
  const failure = await connect(server, trust, options).then(() => new Error('it was trusted'), (error: unknown) => error);
  if (!(failure instanceof StorageError)) throw failure;
  return failure;
}

test('a certificate by an authority of the file is trusted, for its own names', async () => {
  const server = await serve(certificates.good);
  expect((await connect(server, withAuthority)).authorized).toBe(true);
  await connect(server, withAuthority, { host: 'localhost' });
});

test('without the authority it is not trusted, and the offer says what was shown', async () => {
  const server = await serve(certificates.good);
  const failure = await refused(server, await createTrust());
  expect(failure).toMatchObject({ code: 'untrusted_server', retryable: false, message: expect.stringContaining('its authority is not known to this computer') as string });
  expect(trustOfferOf(failure)).toMatchObject({ trust: 'unknown', trustOption: 'certificate', trustValue: await fingerprintOf(certificates.good) });
  expect(trustOfferOf(failure)?.trustDetails).toMatch(/Subject: CN=Holdfast test server\nIssuer: CN=Holdfast test authority\nValid: .* to .*\nSHA-256: ([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(server.received, 'not a byte was sent').toEqual([]);
});

test.each([
  ['another name', 'wrongName', /made out to another name \(DNS:elsewhere\.invalid\)/],
  ['a time that is over', 'expired', /expired, it was valid until .* clock of this computer says 20/],
  ['a time to come', 'notYetValid', /not valid yet, but from .* clock of this computer says 20/],
  ['no authority but itself', 'selfSigned', /signed by itself/],
] as const)('a certificate for %s is not trusted, and says so', async (_what, name, message) => {
  const server = await serve(certificates[name]);
  const failure = await refused(server, withAuthority);
  expect(failure).toMatchObject({ code: 'untrusted_server', message: expect.stringMatching(message) as string });
  expect(trustOfferOf(failure)).toMatchObject({ trust: 'unknown', trustValue: await fingerprintOf(certificates[name]) });
});

test.each(['wrongName', 'expired', 'selfSigned', 'good'] as const)('the pinned certificate is accepted, whatever else is the matter with it (%s)', async (name) => {
  const server = await serve(certificates[name]);
  const pin = await fingerprintOf(certificates[name]);
  for (const spelling of [pin, pin.toLowerCase(), pin.replaceAll(':', ''), `SHA256:${pin}`, ` sha-256=${pin} `]) await connect(server, await createTrust({ pin: spelling }));
});

test('another certificate than the pinned one is blocked, also one that the authorities vouch for', async () => {
  const server = await serve(certificates.selfSigned);
  const before = await fingerprintOf(certificates.selfSigned);
  const trust = await createTrust({ pin: before, caFile: certificates.caFile });
  await connect(server, trust);
  await server.use(certificates.good);
  const failure = await refused(server, trust);
  expect(trustOfferOf(failure)).toMatchObject({ trust: 'changed', trustValue: await fingerprintOf(certificates.good) });
  expect(trustOfferOf(failure)?.trustDetails).toContain(`Trusted before: ${before}`);
  expect(server.received).toEqual([]);
});

test.each(['AB:CD', 'no fingerprint', 'zz'.repeat(32), 'ab'.repeat(33)])('%j is no pin', async (pin) => {
  await expect(createTrust({ pin })).rejects.toMatchObject({ code: 'invalid_config', context: { field: 'certificate' } });
});

test('a file that is not there, empty or damaged is named with its field', async () => {
  const empty = join(folder, 'empty.pem');
  const damaged = join(folder, 'damaged.pem');
  await writeFile(empty, 'nothing here');
  await writeFile(damaged, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  for (const [caFile, words] of [[join(folder, 'gone.pem'), /cannot be read/], [empty, /holds no certificate/], [damaged, /that cannot be read/]] as const) {
    await expect(createTrust({ caFile })).rejects.toMatchObject({ code: 'invalid_config', context: { field: 'caFile' }, message: expect.stringMatching(words) as string });
  }
});

test('a connection that is cut in the handshake is a failed connection, not an untrusted one', async () => {
  const server = createPlainServer((socket) => socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise((resolve) => void server.close(() => resolve())));
  const socket = await openSocket({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, proxy: null, timeout: 20_000 });
  await expect(secured(socket, withAuthority, '127.0.0.1')).rejects.toMatchObject({ code: 'ECONNRESET' });
});

/** The newest ticket of a connection. */
async function sessionOf(socket: TLSSocket): Promise<Buffer> {
  let session: Buffer | undefined = socket.getSession();
  socket.on('session', (next: Buffer) => (session = next));
  await new Promise((resolve) => socket.once('data', resolve));
  await new Promise((resolve) => setImmediate(resolve));
  if (session === undefined) throw new Error('the server gave no session');
  return session;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: a session is gone on with under the trust that it began under`, async () => {
    const server = await serve(certificates.good, version);
    const session = await sessionOf(await connect(server, withAuthority));
    expect((await connect(server, withAuthority, { session })).isSessionReused()).toBe(true);
    expect((await connect(server, withAuthority)).isSessionReused(), 'none goes on unasked').toBe(false);
  });

  test(`${version}: a session is no way around a pin, an authority or a name that is missing`, async () => {
    const server = await serve(certificates.good, version);
    const session = await sessionOf(await connect(server, withAuthority));
    expect(trustOfferOf(await refused(server, await createTrust({ pin: 'AB'.repeat(32) }), { session }))).toMatchObject({ trust: 'changed' });
    expect(trustOfferOf(await refused(server, await createTrust(), { session }))).toMatchObject({ trust: 'unknown' });
    expect((await refused(server, withAuthority, { host: 'elsewhere.invalid', session })).code).toBe('untrusted_server');
  });

  test(`${version}: nor is one that was begun without any check`, async () => {
    const server = await serve(certificates.selfSigned, version);
    const careless = tls.connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    ends.unshift(() => Promise.resolve(void careless.destroy()));
    const session = await sessionOf(careless);
    expect((await refused(server, withAuthority, { session })).code).toBe('untrusted_server');
  });
}
