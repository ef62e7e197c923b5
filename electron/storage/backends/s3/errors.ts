import { type ErrorCode, type ErrorContext, StorageError } from '../../../../shared/storage/errors.ts';
import { connectionFailure } from '../../http/connection-failure.ts';
import { parseRetryAfter, serverWords } from '../../http/status.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what Ceph, Swift and MinIO add. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  AccessDenied: 'permission_denied',
  AccountProblem: 'permission_denied',
  AllAccessDisabled: 'permission_denied',
  InvalidObjectState: 'permission_denied',
  MethodNotAllowed: 'unsupported',
  AuthorizationHeaderMalformed: 'invalid_config',
  CredentialsProviderError: 'authentication_failed',
  ExpiredToken: 'authentication_failed',
  ExpiredTokenException: 'authentication_failed',
  InvalidAccessKeyId: 'authentication_failed',
  InvalidSecurity: 'authentication_failed',
  InvalidToken: 'authentication_failed',
  NotSignedUp: 'authentication_failed',
  RequestExpired: 'authentication_failed',
  RequestTimeTooSkewed: 'authentication_failed',
  SignatureDoesNotMatch: 'authentication_failed',
  TokenRefreshRequired: 'authentication_failed',
  UnauthorizedAccess: 'authentication_failed',
  BadDigest: 'checksum_mismatch',
  InvalidDigest: 'checksum_mismatch',
  ContentChecksumMismatch: 'checksum_mismatch',
  XAmzContentChecksumMismatch: 'checksum_mismatch',
  XAmzContentSHA256Mismatch: 'checksum_mismatch',
  NoSuchBucket: 'not_found',
  NoSuchKey: 'not_found',
  NoSuchUpload: 'not_found',
  NoSuchVersion: 'not_found',
  NotFound: 'not_found',
  BucketAlreadyExists: 'already_exists',
  ConditionalRequestConflict: 'already_exists',
  PreconditionFailed: 'already_exists',
  EntityTooLarge: 'size_limit_exceeded',
  // Of a part: the server has fewer bytes of it than were sent.
  EntityTooSmall: 'size_mismatch',
  InvalidBucketName: 'invalid_config',
  InvalidStorageClass: 'invalid_config',
  PermanentRedirect: 'invalid_config',
  TemporaryRedirect: 'invalid_config',
  KeyTooLongError: 'invalid_location',
  InvalidObjectName: 'invalid_location',
  XMinioInvalidObjectName: 'invalid_location',
  InvalidURI: 'invalid_location',
  InsufficientStorage: 'out_of_space',
  QuotaExceeded: 'out_of_space',
  StorageFull: 'out_of_space',
  XMinioStorageFull: 'out_of_space',
  XMinioAdminBucketQuotaExceeded: 'out_of_space',
  NotImplemented: 'unsupported',
  BandwidthLimitExceeded: 'rate_limited',
  RequestLimitExceeded: 'rate_limited',
  ServiceUnavailable: 'rate_limited',
  SlowDown: 'rate_limited',
  Throttling: 'rate_limited',
  ThrottlingException: 'rate_limited',
  TooManyRequests: 'rate_limited',
  TooManyRequestsException: 'rate_limited',
  IncompleteBody: 'unavailable',
  InternalError: 'unavailable',
  OperationAborted: 'unavailable',
  RequestTimeout: 'unavailable',
};

/** The server's clock and ours are not the same. */
const WRONG_TIME: ReadonlySet<string> = new Set(['RequestTimeTooSkewed', 'RequestExpired']);

/** Answers to HEAD have no body and so no code. */
const STATUSES: Readonly<Record<number, ErrorCode>> = {
  301: 'invalid_config',
  307: 'invalid_config',
  401: 'authentication_failed',
  403: 'permission_denied',
  404: 'not_found',
  405: 'unsupported',
  409: 'already_exists',
  411: 'unsupported',
  412: 'already_exists',
  413: 'size_limit_exceeded',
  414: 'invalid_location',
  429: 'rate_limited',
  500: 'unavailable',
  501: 'unsupported',
  502: 'unavailable',
  503: 'rate_limited',
  504: 'unavailable',
  507: 'out_of_space',
};

export interface FailedRequest {
  /** completes "Could not ..." */
  readonly doing: string;
  /** `s3://...`, or the server's address */
  readonly uri: string;
  /** address of the server, for failures of the connection */
  readonly server: string;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** What a refusal of the server says, beside its code. */
export interface Refusal {
  /** the server's word for it, e.g. NoSuchKey; empty where it gave none */
  readonly word: string;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whatever a request failed with, as the one error of Holdfast. The server's word for it is `s3` in the context. */
export function s3Failure(error: unknown, request: FailedRequest): StorageError {
  const { doing, uri, server, signal } = request;
  if (error instanceof StorageError) return error;
  if (signal?.aborted) return new StorageError('canceled', 'Canceled.', { cause: error });
  const refusal = refusalIn(error);
  if (refusal === null) return notAnswered(error, doing, server, signal);
  const { word, status } = refusal;
  // Swift's S3 has no word of its own for a quota that is used up.
  const code = word === 'EntityTooLarge' && /\bquota\b/i.test((error as Error).message) ? 'out_of_space' : codeOf(refusal);
  const context: ErrorContext = { uri, ...(word !== '' && { s3: word }), ...(status !== null && { status }), ...(WRONG_TIME.has(word) && { reason: 'clock' }), ...retryAfter(refusal) };
  return new StorageError(code, sentence(error as Error, refusal, code, request), { cause: error, context });
}

/** The server's word for the refusal behind one of our errors; empty where there is none. */
export function wordOf(error: unknown): string {
  return error instanceof StorageError && typeof error.context['s3'] === 'string' ? error.context['s3'] : '';
}

/** @returns null when the server gave no answer */
export function refusalIn(error: unknown): Refusal | null {
  if (!(error instanceof Error)) return null;
  const { $metadata: metadata, $response: response } = error as { readonly $metadata?: { readonly httpStatusCode?: number }; readonly $response?: { readonly headers?: Record<string, string> } };
  const known = error.name === 'CredentialsProviderError';
  if (metadata?.httpStatusCode === undefined && !known) return null;
  const word = /^(Error|UnknownError|Unknown|\d+)$/.test(error.name) ? '' : error.name;
  return { word, status: metadata?.httpStatusCode ?? null, headers: response?.headers ?? {} };
}

function codeOf({ word, status, headers }: Refusal): ErrorCode {
  // A deleted object in a bucket that keeps versions.
  if (status === 405 && headers['x-amz-delete-marker'] === 'true') return 'not_found';
  return CODES[word] ?? (status === null ? 'unexpected' : (STATUSES[status] ?? (status >= 500 ? 'unavailable' : 'unexpected')));
}

function sentence(error: Error, { word, status, headers }: Refusal, code: ErrorCode, { doing, uri, secrets }: FailedRequest): string {
  const said = /^(UnknownError|Unknown|)$/.test(error.message) ? '' : serverWords(error.message, secrets);
  const answer = `${word === '' ? `the server answered ${status ?? 'nothing'}` : word}${said === '' || said === word ? '' : `: ${said}`}`;
  const end = /[.!?…]$/.test(answer) ? '' : '.';
  if (WRONG_TIME.has(word)) {
    const theirs = Date.parse(headers['date'] ?? '');
    return `The server refuses requests of another time: this computer says ${new Date().toISOString()}, the server ${Number.isNaN(theirs) ? 'does not tell its time' : new Date(theirs).toISOString()}. Set the clock of this computer (or of the server) right, then try again.`;
  }
  if (word === 'NoSuchBucket') return `There is no bucket for ${uri} on this server (NoSuchBucket): check its name, the server and the region.`;
  if (word === 'InvalidObjectState') return `${uri} is archived and cannot be read before it is restored (${answer})${end}`;
  if (code === 'invalid_config' && (word === 'PermanentRedirect' || word === 'TemporaryRedirect' || word === 'AuthorizationHeaderMalformed' || status === 301 || status === 307)) {
    const region = regionIn({ word, status, headers }, error);
    return `The bucket of ${uri} is in ${region === null ? 'another region' : `the region ${region}`}: set the region, or the server, of the location (${answer})${end}`;
  }
  if (code === 'authentication_failed') return `The server refuses these keys (${answer})${end}`;
  return `Could not ${doing}: ${answer}${end}`;
}

/** The region in which the bucket is, where the server says so. */
export function regionIn({ headers }: Refusal, error: unknown): string | null {
  const { Region: told } = error as { readonly Region?: unknown };
  const region = headers['x-amz-bucket-region'] ?? (typeof told === 'string' ? told : /expecting '([a-z0-9-]+)'/.exec(error instanceof Error ? error.message : '')?.[1]);
  return region !== undefined && /^[a-z0-9][a-z0-9-]{0,62}$/.test(region) ? region : null;
}

function retryAfter({ headers }: Refusal): ErrorContext {
  const seconds = headers['retry-after'] === undefined ? null : parseRetryAfter(headers['retry-after'], new Date());
  return seconds === null ? {} : { retryAfterSeconds: seconds };
}

/** No answer: a StorageError may be somewhere among the causes, e.g. that the server is not trusted. */
function notAnswered(error: unknown, doing: string, server: string, signal: AbortSignal | undefined): StorageError {
  let layer: unknown = error;
  for (let depth = 0; depth < 8 && layer instanceof Error; depth++) {
    if (layer instanceof StorageError) return layer;
    layer = layer.cause;
  }
  return connectionFailure(error, doing, server, signal);
}
