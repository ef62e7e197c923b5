import { createHash, randomBytes } from 'node:crypto';
import type { Answer, Authorization, Method } from '../../http/http-client.ts';
import { type Challenge, parseChallenges } from './challenge.ts';

/** RFC 7616 section 6.1, the strongest first, by the names that node:crypto knows. */
const ALGORITHMS: readonly (readonly [string, string])[] = [
  ['sha-512-256', 'sha512-256'],
  ['sha-256', 'sha256'],
  ['md5', 'md5'],
];

interface Session {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** as the server wrote it; absent: MD5 */
  readonly algorithm: string | undefined;
  readonly hash: string;
  readonly keepsNonces: boolean;
  /** false: RFC 2069, without counting */
  readonly qop: boolean;
  readonly hashesUser: boolean;
  readonly clientNonce: string;
  count: number;
}

/** Digest authentication, RFC 7616: the password itself is never sent. A server's nonce is used until it asks for another one. */
export class DigestAuthorization implements Authorization {
  readonly expires = true;
  readonly secrets: readonly string[];
  readonly #user: string;
  readonly #password: string;
  readonly #newNonce: () => string;
  #session: Session | null = null;

  constructor(user: string, password: string, newNonce: () => string = () => randomBytes(16).toString('hex')) {
    this.#user = user;
    this.#password = password;
    this.#newNonce = newNonce;
    this.secrets = [password];
  }

  /** @returns true when there is a new nonce to try: always but for the one that was just refused */
  learn({ headers }: Pick<Answer, 'headers'>): boolean {
    const challenge = strongest(parseChallenges(headers['www-authenticate']));
    if (challenge === null) return false;
    const { parameters } = challenge;
    if (parameters.get('nonce') === this.#session?.nonce && parameters.get('stale')?.toLowerCase() !== 'true') return false;
    this.#session = begin(challenge, this.#newNonce());
    return true;
  }

  headersFor(method: Method, target: string): Readonly<Record<string, string>> {
    const session = this.#session;
    if (session === null) return {};
    session.count += 1;
    const hash = (text: string) => createHash(session.hash).update(text, 'utf8').digest('hex');
    const { realm, nonce, clientNonce } = session;
    const count = session.count.toString(16).padStart(8, '0');
    const secret = hash(`${this.#user}:${realm}:${this.#password}`);
    const first = session.keepsNonces ? hash(`${secret}:${nonce}:${clientNonce}`) : secret;
    const second = hash(`${method}:${target}`);
    const response = hash(session.qop ? `${first}:${nonce}:${count}:${clientNonce}:auth:${second}` : `${first}:${nonce}:${second}`);
    const fields = [
      this.#userField(session, hash),
      quoted('realm', realm),
      quoted('nonce', nonce),
      quoted('uri', target),
      quoted('response', response),
      ...(session.algorithm === undefined ? [] : [`algorithm=${session.algorithm}`]),
      ...(session.opaque === undefined ? [] : [quoted('opaque', session.opaque)]),
      ...(session.qop ? ['qop=auth', `nc=${count}`] : []),
      ...(session.qop || session.keepsNonces ? [quoted('cnonce', clientNonce)] : []),
      ...(session.hashesUser ? ['userhash=true'] : []),
    ];
    return { authorization: `Digest ${fields.join(', ')}` };
  }

  /** RFC 7616 section 3.4: names that ASCII cannot hold are written as RFC 8187 says. */
  #userField(session: Session, hash: (text: string) => string): string {
    if (session.hashesUser) return quoted('username', hash(`${this.#user}:${session.realm}`));
    return /^[\u0020-\u007e]*$/.test(this.#user) ? quoted('username', this.#user) : `username*=UTF-8''${encodeURIComponent(this.#user).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`;
  }
}

/** @returns null when none of them is Digest with an algorithm and a quality that are known */
export function strongest(challenges: readonly Challenge[]): Challenge | null {
  const usable = challenges.filter(({ scheme, parameters }) => scheme === 'digest' && parameters.has('nonce') && qualities(parameters).some((quality) => quality === 'auth' || quality === ''));
  for (const [name] of ALGORITHMS) {
    const found = usable.find(({ parameters }) => baseAlgorithm(parameters.get('algorithm')) === name);
    if (found !== undefined) return found;
  }
  return null;
}

function begin({ parameters }: Challenge, clientNonce: string): Session {
  const algorithm = parameters.get('algorithm');
  const base = baseAlgorithm(algorithm);
  return {
    realm: parameters.get('realm') ?? '',
    nonce: parameters.get('nonce') ?? '',
    opaque: parameters.get('opaque'),
    algorithm,
    hash: ALGORITHMS.find(([name]) => name === base)?.[1] ?? 'md5',
    keepsNonces: algorithm?.toLowerCase().endsWith('-sess') === true,
    qop: qualities(parameters).includes('auth'),
    hashesUser: parameters.get('userhash')?.toLowerCase() === 'true',
    clientNonce,
    count: 0,
  };
}

function baseAlgorithm(algorithm: string | undefined): string {
  return (algorithm ?? 'MD5').toLowerCase().replace(/-sess$/, '');
}

/** Without `qop` the server is one of RFC 2069. */
function qualities(parameters: Challenge['parameters']): readonly string[] {
  return (parameters.get('qop') ?? '').split(',').map((quality) => quality.trim().toLowerCase());
}

function quoted(name: string, value: string): string {
  return `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
