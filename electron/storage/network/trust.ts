import { X509Certificate, createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import net, { type ConnectOpts, type Socket } from 'node:net';
import tls, { type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls';
import { StorageError } from '../../../shared/storage/errors.ts';
import type { TrustOffer } from '../../../shared/storage/trust-offer.ts';

/** Whom a location believes: the authorities in `context`, or one certificate alone. */
export interface Trust {
  readonly context: SecureContext;
  /** SHA-256 fingerprint (`AB:CD:...`) of the one certificate that is accepted, whoever signed it and whatever name it carries; null: the authorities decide */
  readonly pin: string | null;
}

/** Where Linux distributions keep the system's authorities, for runtimes that cannot be asked for them. */
const LINUX_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem', '/etc/ssl/cert.pem'];

/** Node 22.15 and later. */
type AskableTls = typeof tls & { readonly getCACertificates?: (type: 'system' | 'extra') => readonly string[] };

/**
 * Trusts the runtime's own authorities, the system's, those of NODE_EXTRA_CA_CERTS and those in `caFile` (PEM); with a `pin` that one certificate alone.
 * @throws StorageError invalid_config when `caFile` cannot be read or holds no certificate, or the pin is no fingerprint
 */
export async function createTrust({ caFile = null, pin = null }: { readonly caFile?: string | null; readonly pin?: string | null } = {}): Promise<Trust> {
  const ca = [...tls.rootCertificates, ...(await systemAuthorities()), ...(await extraAuthorities()), ...(caFile === null ? [] : await readAuthorities(caFile))];
  return { context: contextOf(ca), pin: pin === null ? null : parseFingerprint(pin) };
}

/** Reading hundreds of certificates keeps the loop busy for a tenth of a second, and nearly all locations trust the same ones. */
const contexts = new Map<string, SecureContext>();
const MOST_CONTEXTS = 8;

function contextOf(authorities: readonly string[]): SecureContext {
  const ca = [...new Set(authorities.map((pem) => pem.replaceAll('\r', '').trim()))];
  const key = createHash('sha256').update(ca.join('\n')).digest('hex');
  const context = contexts.get(key) ?? tls.createSecureContext({ ca });
  if (!contexts.has(key) && contexts.size >= MOST_CONTEXTS) contexts.clear();
  contexts.set(key, context);
  return context;
}

/** For `tls.connect`: the verdict is {@link requireTrusted}'s, which must be asked before the first byte is sent. */
export function tlsOptions(trust: Trust, host: string): ConnectionOptions {
  return { secureContext: trust.context, rejectUnauthorized: false, ...(net.isIP(host) === 0 && { servername: host }), host };
}

/**
 * Makes a connection secure and hands it out only when its certificate is trusted. A `session` is gone on with only when it began here
 * under the same trust; any other is left out, and the server must show its certificate again.
 * @throws StorageError untrusted_server with a {@link TrustOffer} in the context
 */
export function secured(socket: Socket, trust: Trust, host: string, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return beginSecure(trust, host, { ...options, socket }).trusted;
}

/** A connection of which nothing is known yet. */
export interface BegunSecure {
  readonly socket: TLSSocket;
  /** resolves to it, as {@link secured} does; asked at once, it fails with everything that the connection fails with */
  readonly trusted: Promise<TLSSocket>;
}

/** As {@link secured}, for a connection that is yet to be made too: then `options` say where to. @param host whose certificate it must be */
export function beginSecure(trust: Trust, host: string, { session, ...more }: ConnectionOptions & ConnectOpts): BegunSecure {
  const goesOn = session !== undefined && sessionsOf(trust).has(sessionKey(host, session));
  const secure = tls.connect({ ...tlsOptions(trust, host), ...more, ...(goesOn && { session }), checkServerIdentity: (_address, certificate) => tls.checkServerIdentity(host, certificate) });
  const trusted = new Promise<TLSSocket>((resolve, reject) => {
    const fail = (error: Error): void => {
      secure.on('error', () => undefined).destroy();
      reject(error);
    };
    secure.once('error', fail).once('close', () => fail(Object.assign(new Error('the connection was closed during the TLS handshake'), { code: 'ECONNRESET' })));
    secure.once('secureConnect', () => {
      try {
        // A session that goes on carries no certificate in Node; it was looked at when the session began.
        if (!goesOn || !secure.isSessionReused()) requireTrusted(secure, trust, host);
        rememberSessions(secure, trust, host);
        secure.off('error', fail).removeAllListeners('close');
        resolve(secure);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
  return { socket: secure, trusted };
}

/** Looks at the certificate of a connection that was made with {@link tlsOptions}; it must have been shown. @throws StorageError untrusted_server */
export function requireTrusted(socket: TLSSocket, trust: Trust, host: string): void {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw new StorageError('untrusted_server', `${host} showed no certificate.`, { context: { host } });
  if (trust.pin !== null) {
    if (certificate.fingerprint256 === trust.pin) return;
    throw untrusted(host, certificate, `The certificate of ${host} is another one than the one that was trusted before. Somebody may stand between you and the server, or it was renewed: ask its owner`, 'PINNED_CERTIFICATE_CHANGED', trust.pin);
  }
  // With `rejectUnauthorized: false` Node still checks chain and name, and says here what it found.
  if (socket.authorized) return;
  const found: unknown = socket.authorizationError;
  const code = found instanceof Error && 'code' in found ? String(found.code) : String(found);
  throw untrusted(host, certificate, `The certificate of ${host} is not trusted: ${wordsFor(code, found, certificate)}`, code, null);
}

/** Sessions that are remembered for each trust; the oldest are forgotten first. */
const MOST_SESSIONS = 500;
const begun = new WeakMap<Trust, Set<string>>();

function sessionsOf(trust: Trust): Set<string> {
  const present = begun.get(trust) ?? new Set<string>();
  begun.set(trust, present);
  return present;
}

/** A server may hand out tickets at any time, each a session to go on with. */
function rememberSessions(secure: TLSSocket, trust: Trust, host: string): void {
  const remember = (session: Buffer | undefined): void => {
    if (session === undefined) return;
    const known = sessionsOf(trust).add(sessionKey(host, session));
    if (known.size > MOST_SESSIONS) known.delete(known.values().next().value ?? '');
  };
  remember(secure.getSession());
  secure.on('session', remember);
}

function sessionKey(host: string, session: Buffer): string {
  return `${host} ${createHash('sha256').update(session).digest('base64')}`;
}

const WORDS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is signed by itself only',
  SELF_SIGNED_CERT_IN_CHAIN: 'its authority is not known to this computer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its authority is not known to this computer',
  UNABLE_TO_GET_ISSUER_CERT: 'its authority is not known to this computer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its authority is not known to this computer',
};

function wordsFor(code: string, found: unknown, { subjectAltName, validFrom, validTo }: X509Certificate): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `it was made out to another name (${oneLine(subjectAltName ?? 'none')})`;
  const clock = `the clock of this computer says ${new Date().toISOString()}; is it right?`;
  if (code === 'CERT_HAS_EXPIRED') return `it has expired, it was valid until ${validTo} (${clock})`;
  if (code === 'CERT_NOT_YET_VALID') return `it is not valid yet, but from ${validFrom} on (${clock})`;
  return WORDS[code] ?? (found instanceof Error ? found.message.replace(/\.$/, '') : code);
}

/** @param before the fingerprint that was trusted, when this is another one */
function untrusted(host: string, certificate: X509Certificate, message: string, system: string, before: string | null): StorageError {
  const offer: TrustOffer = {
    trust: before === null ? 'unknown' : 'changed',
    trustOption: 'certificate',
    trustValue: certificate.fingerprint256,
    trustDetails: [`Subject: ${oneLine(certificate.subject)}`, `Issuer: ${oneLine(certificate.issuer)}`, `Valid: ${certificate.validFrom} to ${certificate.validTo}`, `SHA-256: ${certificate.fingerprint256}`, ...(before === null ? [] : [`Trusted before: ${before}`])].join('\n'),
  };
  return new StorageError('untrusted_server', `${message}.`, { context: { host, system, ...offer } });
}

/** A server chooses the names in its certificate. */
function oneLine(name: string): string {
  return name.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim().slice(0, 300);
}

/** @throws StorageError invalid_config */
function parseFingerprint(text: string): string {
  const digits = text.trim().replace(/^sha-?256[:=]?/i, '').replaceAll(/[:\s]/g, '').toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits)) throw new StorageError('invalid_config', `certificate: ${JSON.stringify(text)} is no SHA-256 fingerprint: expected 64 hexadecimal digits, e.g. "AB:CD:...".`, { context: { field: 'certificate' } });
  return digits.replaceAll(/(..)(?!$)/g, '$1:');
}

async function systemAuthorities(): Promise<readonly string[]> {
  const { getCACertificates } = tls as AskableTls;
  if (getCACertificates !== undefined) return getCACertificates('system');
  if (process.platform !== 'linux') return [];
  for (const path of LINUX_BUNDLES) {
    const found = certificatesIn(await readOptional(path));
    if (found.length > 0) return found;
  }
  return [];
}

/** Naming authorities replaces the runtime's list, and with it what NODE_EXTRA_CA_CERTS had added. */
async function extraAuthorities(): Promise<readonly string[]> {
  const path = process.env['NODE_EXTRA_CA_CERTS'];
  return path === undefined || path === '' ? [] : certificatesIn(await readOptional(path));
}

async function readAuthorities(caFile: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(caFile, 'utf8');
  } catch (error) {
    throw new StorageError('invalid_config', `The certificate authority file ${JSON.stringify(caFile)} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, { cause: error, context: { field: 'caFile' } });
  }
  const found = certificatesIn(text);
  if (found.length === 0) throw new StorageError('invalid_config', `The file ${JSON.stringify(caFile)} holds no certificate: expected PEM text with "-----BEGIN CERTIFICATE-----".`, { context: { field: 'caFile' } });
  try {
    for (const pem of found) new X509Certificate(pem);
  } catch (error) {
    throw new StorageError('invalid_config', `The file ${JSON.stringify(caFile)} holds a certificate that cannot be read.`, { cause: error, context: { field: 'caFile' } });
  }
  return found;
}

/** An absent bundle is normal on other distributions; the runtime's own authorities are trusted anyway. */
async function readOptional(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
}
