import { type Answer, type Authorization, type Method, bearer } from '../../http/http-client.ts';
import { parseChallenges } from './challenge.ts';
import { DigestAuthorization, strongest } from './digest-authorization.ts';
import type { Credentials } from './settings.ts';

/** An authorization that says whether the server may want a new one at any time. */
export interface DavAuthorization extends Authorization {
  readonly expires: boolean;
  learn(answer: Pick<Answer, 'status' | 'headers'>): boolean;
}

/** How the requests of a location say who asks; null: nobody in particular. */
export function authorizationOf(credentials: Credentials): DavAuthorization | null {
  switch (credentials.scheme) {
    case 'anonymous':
      return null;
    case 'bearer':
      return lasting(bearer(credentials.token));
    case 'basic':
      return basic(credentials.user, credentials.password);
    case 'digest':
      return new DigestAuthorization(credentials.user, credentials.password);
    case 'automatic':
      return new AskedAuthorization(credentials.user, credentials.password);
  }
}

/** RFC 7617, in UTF-8. */
function basic(user: string, password: string): DavAuthorization {
  const value = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
  return lasting({ headersFor: () => ({ authorization: `Basic ${value}` }), secrets: [password, value] });
}

function lasting(authorization: Authorization): DavAuthorization {
  return { ...authorization, expires: false, learn: () => false };
}

/** Says nothing until the server asks, then takes the best that it offers, and stays with it: a server that knew Digest gets no password in clear text later. */
class AskedAuthorization implements DavAuthorization {
  readonly secrets: readonly string[];
  readonly #digest: DigestAuthorization;
  readonly #basic: DavAuthorization;
  #chosen: DavAuthorization | null = null;

  constructor(user: string, password: string) {
    this.#digest = new DigestAuthorization(user, password);
    this.#basic = basic(user, password);
    this.secrets = this.#basic.secrets;
  }

  /** Also before the server has asked: it may ask for the first time when something is stored. */
  get expires(): boolean {
    return this.#chosen?.expires ?? true;
  }

  headersFor(method: Method, target: string): Readonly<Record<string, string>> {
    return this.#chosen?.headersFor(method, target) ?? {};
  }

  learn(answer: Pick<Answer, 'status' | 'headers'>): boolean {
    // The request may have gone out before the first one was refused.
    if (this.#chosen === this.#basic) return true;
    const challenges = parseChallenges(answer.headers['www-authenticate']);
    if (this.#chosen === this.#digest || strongest(challenges) !== null) {
      this.#chosen = this.#digest;
      return this.#digest.learn(answer);
    }
    // Some servers refuse without saying how to sign in.
    if (challenges.length > 0 && !challenges.some(({ scheme }) => scheme === 'basic')) return false;
    this.#chosen = this.#basic;
    return true;
  }
}
