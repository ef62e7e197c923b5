import { StorageError } from '../../../../shared/storage/errors.ts';
import { invalidField } from '../../network/network-options.ts';
import type { BlobAddress } from './address.ts';

/** How requests say who asks. */
export type Credential =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'key'; readonly account: string; readonly key: string }
  /** a shared access signature, without the question mark */
  | { readonly kind: 'sas'; readonly query: string };

export const AUTH_KINDS = ['automatic', 'key', 'sas', 'connection string'] as const;
export type AuthKind = (typeof AUTH_KINDS)[number];

/**
 * Reads the secret by its form, or as the form that was chosen. The secret itself is never in a message.
 * @param account as the options name it; null: as the address does
 * @throws StorageError invalid_config
 */
export function parseCredential(secret: string | null, auth: AuthKind, address: BlobAddress, account: string | null): Credential {
  const text = secret?.trim() ?? '';
  if (text === '') {
    if (auth === 'automatic') return { kind: 'anonymous' };
    throw invalidField('secret', `a ${auth} was chosen, but none is given`);
  }
  const form = auth === 'automatic' ? formOf(text) : auth;
  if (form === 'sas') return parseSas(text);
  const named = account ?? address.account;
  return form === 'connection string' ? parseConnectionString(text, address, named) : parseKey(text, named);
}

/** What must never be shown, whatever the server says. */
export function secretsOf(credential: Credential): readonly string[] {
  if (credential.kind === 'key') return [credential.key];
  if (credential.kind === 'anonymous') return [];
  const signature = new URLSearchParams(credential.query).get('sig') ?? '';
  return [credential.query, signature, encodeURIComponent(signature)];
}

/** When a signature ends, in words of the service (`se`); null when it does not say or is none. */
export function expiryOf(credential: Credential): Date | null {
  return timeIn(credential, 'se');
}

/** When a signature begins to count (`st`); null when it does not say or is none. */
export function beginningOf(credential: Credential): Date | null {
  return timeIn(credential, 'st');
}

function timeIn(credential: Credential, key: 'st' | 'se'): Date | null {
  const text = credential.kind === 'sas' ? new URLSearchParams(credential.query).get(key) : null;
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time);
}

function formOf(text: string): Exclude<AuthKind, 'automatic'> {
  if (/(?:^|[?&])sig=/.test(text)) return /(?:^|;)\s*SharedAccessSignature=/i.test(text) ? 'connection string' : 'sas';
  return /(?:^|;)\s*(?:AccountName|AccountKey|BlobEndpoint|UseDevelopmentStorage)\s*=/i.test(text) ? 'connection string' : 'key';
}

function parseSas(text: string): Credential {
  // People copy the whole address of a container with its signature.
  const query = text.slice(text.indexOf('?') + 1);
  const parameters = new URLSearchParams(query);
  if (parameters.get('sig') === null || parameters.get('sv') === null) throw invalidField('secret', 'this is no shared access signature: expected text like "sv=…&se=…&sig=…"');
  return { kind: 'sas', query };
}

function parseKey(text: string, account: string | null): Credential {
  if (!/^[A-Za-z0-9+/]{20,}={0,2}$/.test(text) || text.length % 4 !== 0) throw invalidField('secret', 'this is no account key: expected the Base64 text that the portal shows under "Access keys", or a shared access signature or connection string');
  if (account === null) throw invalidField('account', 'the address does not tell the name of the account, which an account key needs');
  return { kind: 'key', account, key: text };
}

/** https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string */
function parseConnectionString(text: string, address: BlobAddress, account: string | null): Credential {
  const parts = new Map(
    text.split(';').map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const;
    }),
  );
  const endpoint = parts.get('blobendpoint')?.replace(/\/$/, '');
  if (endpoint !== undefined && endpoint !== address.endpoint) throw disagree(`the connection string is for ${shownEndpoint(endpoint)}, but the address for ${address.endpoint}`);
  const name = parts.get('accountname') ?? account;
  if (name !== null && account !== null && name !== account) throw disagree(`the connection string is for the account ${JSON.stringify(name)}, but the address for ${JSON.stringify(account)}`);
  const sas = parts.get('sharedaccesssignature');
  if (sas !== undefined) return parseSas(sas);
  const key = parts.get('accountkey');
  if (key === undefined) throw invalidField('secret', 'the connection string holds neither an AccountKey nor a SharedAccessSignature');
  return parseKey(key, name);
}

function shownEndpoint(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).origin + new URL(endpoint).pathname : 'something that is no address';
}

function disagree(problem: string): StorageError {
  return new StorageError('invalid_config', `uri: ${problem}. Correct one of them.`, { context: { field: 'uri' } });
}
