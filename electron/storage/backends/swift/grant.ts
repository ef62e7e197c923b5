import { StorageError } from '../../../../shared/storage/errors.ts';
import { type Answer, type HttpClient, discard, headerOf, isSuccess } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { pickEndpoint } from './catalog.ts';
import type { Credentials, Identity } from './settings.ts';

/** Largest answer of a sign-in that is read, in bytes: catalogs of large clouds have some 50 KiB. */
const MAX_CATALOG_BYTES = 1024 * 1024;

/** What a sign-in gave. */
export interface Grant {
  readonly token: string;
  /** no slash at the end */
  readonly storageUrl: string;
  /** by the clock of this computer, in ms; null when the server does not say */
  readonly expiresAt: number | null;
  /** how far the server's clock is ahead of this computer's, in ms */
  readonly ahead: number;
}

/**
 * Signs in.
 * @throws StorageError authentication_failed, invalid_config (no sign-in there, no object storage in the project), unavailable, untrusted_server
 */
export async function signIn(client: HttpClient, credentials: Credentials, options: OperationOptions): Promise<Grant> {
  return credentials.version === 'v1' ? signInV1(client, credentials, options) : signInV3(client, credentials, options);
}

/** https://docs.openstack.org/swift/latest/overview_auth.html#tempauth */
async function signInV1(client: HttpClient, { url, user, key }: Extract<Credentials, { readonly version: 'v1' }>, { signal }: OperationOptions): Promise<Grant> {
  const answer = await client.send('GET', url, { signal, headers: { 'x-auth-user': asHeader(user), 'x-auth-key': asHeader(key) } });
  const refused = answer.status === 401 || answer.status === 403;
  if (refused) await discard(answer);
  if (refused) throw new StorageError('authentication_failed', `The server at ${url} does not let the user ${JSON.stringify(user)} in with this key: check both.`, { context: { uri: url, status: answer.status } });
  if (!isSuccess(answer)) throw await noSignIn(client, 'GET', answer, 'for version 1 usually an address that ends with /auth/v1.0');
  await discard(answer);
  const token = headerOf(answer, 'x-auth-token');
  const storageUrl = headerOf(answer, 'x-storage-url');
  const seconds = headerOf(answer, 'x-auth-token-expires');
  if (!token || !storageUrl) throw new StorageError('invalid_config', `The server at ${url} answers, but gives no token: this is no Swift sign-in of version 1.`, { context: { uri: url, field: 'uri' } });
  return { token, storageUrl: trimUrl(storageUrl, url), expiresAt: seconds !== null && /^\d{1,9}$/.test(seconds) ? Date.now() + Number(seconds) * 1000 : null, ahead: aheadOf(answer) };
}

/** https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management */
async function signInV3(client: HttpClient, { url, identity, region }: Extract<Credentials, { readonly version: 'v3' }>, { signal }: OperationOptions): Promise<Grant> {
  const uri = `${url}/auth/tokens`;
  const answer = await client.send('POST', uri, { signal, body: Buffer.from(JSON.stringify({ auth: requestOf(identity) })), headers: { 'content-type': 'application/json', accept: 'application/json' } });
  if (answer.status === 401 || answer.status === 403) {
    await discard(answer);
    const who = identity.kind === 'password' ? `the user ${JSON.stringify(identity.user)} of domain ${JSON.stringify(identity.userDomain)}${identity.project === null ? '' : ` into the project ${JSON.stringify(identity.project)}`} in with this password` : `the application credential ${JSON.stringify(identity.id)} in with this secret`;
    throw new StorageError('authentication_failed', `The server at ${url} does not let ${who}: check them.`, { context: { uri: url, status: answer.status } });
  }
  if (!isSuccess(answer)) throw await noSignIn(client, 'POST', answer, 'for version 3 usually an address that ends with /v3');
  const token = headerOf(answer, 'x-subject-token');
  const ahead = aheadOf(answer);
  const body = await client.text(answer, MAX_CATALOG_BYTES);
  const found = body === null ? null : parseToken(body);
  if (!token || found === null) throw new StorageError('invalid_config', `The server at ${url} answers, but gives no token: this is no Keystone of version 3.`, { context: { uri: url, field: 'uri' } });
  // Lifetimes are told by the server's clock; this computer's may be wrong.
  const expires = typeof found.expires_at === 'string' ? Date.parse(found.expires_at) : Number.NaN;
  return { token, storageUrl: trimUrl(pickEndpoint(found.catalog, region, url), url), expiresAt: Number.isNaN(expires) ? null : expires - ahead, ahead };
}

function requestOf(identity: Identity): unknown {
  if (identity.kind === 'application credential') return { identity: { methods: ['application_credential'], application_credential: { id: identity.id, secret: identity.secret } } };
  const { user, userDomain, password, project, projectDomain } = identity;
  return {
    identity: { methods: ['password'], password: { user: { name: user, domain: { name: userDomain }, password } } },
    ...(project !== null && { scope: { project: { name: project, domain: { name: projectDomain } } } }),
  };
}

function parseToken(text: string): { readonly catalog?: unknown; readonly expires_at?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    const token = typeof value === 'object' && value !== null && 'token' in value ? value.token : null;
    return typeof token === 'object' && token !== null ? token : null;
  } catch {
    return null;
  }
}

async function noSignIn(client: HttpClient, method: 'GET' | 'POST', answer: Answer, expected: string): Promise<StorageError> {
  if (![300, 400, 404, 405, 410].includes(answer.status)) return client.refusalOf(method, answer);
  await discard(answer);
  return new StorageError('invalid_config', `There is no sign-in at ${answer.uri} (the server answered ${answer.status}): expected ${expected}.`, { context: { uri: answer.uri, status: answer.status, field: 'uri' } });
}

function trimUrl(storageUrl: string, base: string): string {
  const url = URL.canParse(storageUrl) ? new URL(storageUrl) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '' || url.search !== '') {
    throw new StorageError('invalid_config', `The sign-in at ${base} names a storage address that cannot be used: ${JSON.stringify(storageUrl.slice(0, 200).replace(/\/\/[^/]*@/, '//***@'))}.`, { context: { uri: base, field: 'storageUrl' } });
  }
  return url.href.replace(/\/+$/, '');
}

function aheadOf(answer: Answer): number {
  const date = Date.parse(headerOf(answer, 'date') ?? '');
  return Number.isNaN(date) ? 0 : date - Date.now();
}

/** Headers carry bytes; Swift reads them as UTF-8. */
function asHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
