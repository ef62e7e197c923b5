import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Authorization, HttpClient } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { type Grant, signIn } from './grant.ts';
import type { Credentials } from './settings.ts';

/** A token with less time left than this is renewed before a long stream begins, in ms. */
const NEARLY_OVER = 5 * 60 * 1000;

/** Who asks: one token for all requests to the storage, fetched again when it is over. */
export class SwiftSession implements Authorization {
  readonly #client: HttpClient;
  readonly #credentials: Credentials;
  #grant: Grant;
  #renewing: Promise<void> | null = null;

  private constructor(client: HttpClient, credentials: Credentials, grant: Grant) {
    this.#client = client;
    this.#credentials = credentials;
    this.#grant = grant;
  }

  /** Takes over the client of the sign-in. */
  static async open(client: HttpClient, credentials: Credentials, options: OperationOptions): Promise<SwiftSession> {
    return new SwiftSession(client, credentials, await signIn(client, credentials, options));
  }

  get storageUrl(): string {
    return this.#grant.storageUrl;
  }

  /** Now by the server's clock, in ms. */
  get serverNow(): number {
    return Date.now() + this.#grant.ahead;
  }

  /** Two sessions with the same one see and may do the same. */
  get identity(): string {
    const { url, ...rest } = this.#credentials;
    return rest.version === 'v1' ? `${url} ${rest.user}` : `${url} ${rest.identity.kind === 'password' ? JSON.stringify({ ...rest.identity, password: '' }) : rest.identity.id}`;
  }

  get secrets(): readonly string[] {
    return [this.#grant.token, secretOf(this.#credentials)];
  }

  headersFor(): Readonly<Record<string, string>> {
    return { 'x-auth-token': this.#grant.token };
  }

  /** @throws StorageError what a new sign-in fails with */
  async learn(_answer: unknown, sent: Readonly<Record<string, string>>): Promise<boolean> {
    if (sent['x-auth-token'] === this.#grant.token) await this.#renew();
    return true;
  }

  /** To be called before a stream that cannot be sent again. */
  async freshen(): Promise<void> {
    const { expiresAt } = this.#grant;
    if (expiresAt !== null && expiresAt - Date.now() < NEARLY_OVER) await this.#renew();
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Once for all who ask at the same time, so without any one's signal. */
  #renew(): Promise<void> {
    this.#renewing ??= this.#signInAgain().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  async #signInAgain(): Promise<void> {
    const grant = await signIn(this.#client, this.#credentials, {});
    if (grant.storageUrl !== this.#grant.storageUrl) {
      throw new StorageError('unavailable', `The storage moved from ${this.#grant.storageUrl} to ${grant.storageUrl}: connect again.`, { context: { uri: this.#grant.storageUrl } });
    }
    this.#grant = grant;
  }
}

export function secretOf(credentials: Credentials): string {
  if (credentials.version === 'v1') return credentials.key;
  return credentials.identity.kind === 'password' ? credentials.identity.password : credentials.identity.secret;
}
