import { type ErrorCode, type ErrorContext, StorageError } from '../../../shared/storage/errors.ts';

/** Longest piece of a server's answer that is shown to the user, in characters. */
export const MAX_SERVER_WORDS = 500;
/** A web page that says more says it to somebody else: its heading is enough. */
const MAX_PAGE_WORDS = 120;

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_location',
  401: 'authentication_failed',
  403: 'permission_denied',
  404: 'not_found',
  405: 'unsupported',
  407: 'authentication_failed',
  408: 'unavailable',
  409: 'already_exists',
  410: 'not_found',
  411: 'unsupported',
  412: 'already_exists',
  413: 'size_limit_exceeded',
  414: 'invalid_location',
  415: 'unsupported',
  416: 'unsupported',
  423: 'unavailable',
  425: 'unavailable',
  429: 'rate_limited',
  501: 'unsupported',
  507: 'out_of_space',
};

/** Status codes of RFC 9110 section 15, RFC 6585 and RFC 4918 section 11 as ours. Everything that is not 2xx is an error. */
export function codeOfStatus(status: number): ErrorCode {
  return CODES[status] ?? (status >= 500 ? 'unavailable' : status >= 300 && status < 400 ? 'unsupported' : 'unexpected');
}

export interface RefusedRequest {
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  /** the beginning of the answer's body, as it came */
  readonly text: string;
  readonly retryAfter: string | null;
  /** never shown, whatever the server says */
  readonly secrets: readonly string[];
}

/** The error for an answer outside 200-299, with the server's words in it, and once more as `words` in its context. */
export function refusal({ method, uri, status, text, retryAfter, secrets }: RefusedRequest, now: Date = new Date()): StorageError {
  const words = serverWords(text, secrets);
  const seconds = retryAfter === null ? null : parseRetryAfter(retryAfter, now);
  const context: ErrorContext = { uri, status, ...(words !== '' && { words }), ...(seconds !== null && { retryAfterSeconds: seconds }) };
  return new StorageError(codeOfStatus(status), `The server answered ${status} to ${method} ${uri}${words === '' ? '' : `: ${words}`}${/[.!?…]$/.test(words) ? '' : '.'}`, { context });
}

/** What a server said, safe to show: one line, no markup, no control, escape or direction characters, no secret, bounded. */
export function serverWords(text: string, secrets: readonly string[]): string {
  const words = plainWords(text, secrets);
  const heading = words.length <= MAX_PAGE_WORDS || !/<html\b/i.test(text) ? undefined : /<(title|h1)\b[^>]*>([\s\S]*?)<\/\1\s*>/i.exec(text)?.[2];
  const characters = [...((heading === undefined ? '' : plainWords(heading, secrets)) || words)];
  return characters.length <= MAX_SERVER_WORDS ? characters.join('') : `${characters.slice(0, MAX_SERVER_WORDS - 1).join('')}…`;
}

function plainWords(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '***')), text)
    .replaceAll(/<(head|style|script)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, ' ')
    .replaceAll(/<[a-z/!][^>]*>/gi, ' ')
    .replaceAll(ESCAPE_SEQUENCES, '')
    .replaceAll(/[\s\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .trim();
}

/** CSI and OSC sequences of ECMA-48, so that no `[31m` is left when the escape character goes. */
const ESCAPE_SEQUENCES = new RegExp('(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]|(?:\\u001b\\]|\\u009d)[^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?', 'g');

/** RFC 9110 section 10.2.3: seconds, or a date. @returns whole seconds from now; null when it is neither */
export function parseRetryAfter(value: string, now: Date): number | null {
  if (/^\d{1,9}$/.test(value.trim())) return Number(value.trim());
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now.getTime()) / 1000));
}
