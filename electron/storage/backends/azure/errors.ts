import { type ErrorCode, type ErrorContext, StorageError } from '../../../../shared/storage/errors.ts';
import { codeOfStatus, parseRetryAfter, serverWords } from '../../http/status.ts';
import { wrapError } from '../../wrap-error.ts';

/** Error codes of the blob service whose status does not say enough (blob-service-error-codes, common-rest-api-error-codes). */
const CODES: Readonly<Record<string, ErrorCode>> = {
  AuthenticationFailed: 'authentication_failed',
  InvalidAuthenticationInfo: 'authentication_failed',
  NoAuthenticationInformation: 'authentication_failed',
  KeyBasedAuthenticationNotPermitted: 'authentication_failed',
  AccountIsDisabled: 'permission_denied',
  BlobImmutableDueToPolicy: 'permission_denied',
  BlobArchived: 'unsupported',
  BlobBeingRehydrated: 'unsupported',
  BlobNotArchived: 'unsupported',
  InvalidBlobType: 'unsupported',
  ContainerBeingDeleted: 'unavailable',
  CannotVerifyCopySource: 'permission_denied',
  InvalidBlobOrBlock: 'unavailable',
  InvalidBlockList: 'unavailable',
  InternalError: 'unavailable',
  OperationTimedOut: 'unavailable',
  ServerBusy: 'rate_limited',
  AccountBeingCreated: 'unavailable',
  Md5Mismatch: 'checksum_mismatch',
  Crc64Mismatch: 'checksum_mismatch',
  InvalidMd5: 'checksum_mismatch',
  RequestBodyTooLarge: 'size_limit_exceeded',
  BlockCountExceedsLimit: 'size_limit_exceeded',
  InvalidResourceName: 'invalid_location',
  InvalidUri: 'invalid_location',
  InvalidRange: 'unsupported',
  FeatureNotSupported: 'unsupported',
  LeaseIdMissing: 'permission_denied',
  LeaseIdMismatchWithBlobOperation: 'permission_denied',
  LeaseNotPresentWithBlobOperation: 'permission_denied',
};

/** What to do, where the service does not say. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  ContainerNotFound: 'Create the container, or correct the address.',
  BlobArchived: 'It lies in the archive tier and must be rehydrated to another tier first, which takes hours.',
  BlobBeingRehydrated: 'It is being rehydrated from the archive tier; try again when that is done.',
  LeaseIdMissing: 'Another program holds a lease (a lock) on it; wait until that ends, or have it broken.',
  LeaseIdMismatchWithBlobOperation: 'Another program holds a lease (a lock) on it; wait until that ends, or have it broken.',
  SnapshotsPresent: 'It has snapshots, which would be deleted with it; delete those first.',
  BlobImmutableDueToPolicy: 'A retention policy or a legal hold keeps it from being changed.',
  KeyBasedAuthenticationNotPermitted: 'The account allows no keys; use a shared access signature that was made by an identity.',
  AuthorizationSourceIPMismatch: 'The signature may not be used from this address.',
  AuthorizationProtocolMismatch: 'The signature may be used over https: only.',
};

/** A clock that is off by more makes signatures invalid, in minutes. */
const CLOCK_TOLERANCE = 10;

export interface FailedRequest {
  /** completes "Could not ..." */
  readonly doing: string;
  readonly uri: string;
  /** never shown, whatever the service says */
  readonly secrets: readonly string[];
  /** when the signature that was used begins to count */
  readonly begins: Date | null;
  /** when it ends */
  readonly expires: Date | null;
}

/** Error code and status of an answer that the SDK took for a failure; null for other errors. */
export function refusalOf(error: unknown): { readonly status: number; readonly code: string } | null {
  if (!isRestError(error)) return null;
  return { status: error.statusCode, code: error.response?.headers.get('x-ms-error-code') ?? error.code ?? '' };
}

/** Makes what the SDK failed with into our error. The SDK's own is left behind: it holds the request with its signature. */
export function azureError(error: unknown, { doing, uri, secrets, begins, expires }: FailedRequest, now: Date = new Date()): StorageError {
  const refusal = refusalOf(error);
  if (refusal === null || !isRestError(error)) return error instanceof StorageError ? error : wrapError(error, doing, { uri });
  const { status, code } = refusal;
  const headers = error.response?.headers;
  const seconds = parseRetryAfter(headers?.get('retry-after') ?? '', now);
  const context: ErrorContext = { uri, status, ...(code !== '' && { azureCode: code }), ...(seconds !== null && { retryAfterSeconds: seconds }) };
  const ours = isUnknownToEmulator(code, headers?.get('server')) ? 'authentication_failed' : (CODES[code] ?? codeOfStatus(status));
  if (ours === 'authentication_failed') {
    const off = minutesOff(headers?.get('date'), now);
    if (off !== null) return new StorageError(ours, `Azure refuses the signature of ${doing}: the clock of this computer is ${Math.abs(off)} minutes ${off > 0 ? 'ahead of' : 'behind'} that of the service. Set it right, then try again.`, { context: { ...context, minutesOff: off, reason: 'clock' } });
    if (begins !== null && begins.getTime() > now.getTime()) return new StorageError(ours, `Could not ${doing}: the shared access signature begins on ${begins.toISOString()}, and the clock of this computer says ${now.toISOString()}. Wait, or enter another one.`, { context: { ...context, reason: 'clock' } });
    if (expires !== null && expires.getTime() <= now.getTime()) return new StorageError(ours, `Could not ${doing}: the shared access signature ended on ${expires.toISOString()}. Enter a new one.`, { context });
  }
  const words = serverWords(firstLine(error.message), secrets);
  const step = NEXT_STEPS[code];
  const said = words === '' ? '' : `: ${words.replace(/\.$/, '')}`;
  return new StorageError(ours, `Could not ${doing}: the service answered ${status}${code === '' ? '' : ` ${serverWords(code, secrets)}`}${said}.${step === undefined ? '' : ` ${step}`}`, { context });
}

/** With Azure this code means that a right is missing or a firewall is in the way; the emulator gives it for every wrong or expired signature. */
function isUnknownToEmulator(code: string, server: string | undefined): boolean {
  return code === 'AuthorizationFailure' && server?.startsWith('Azurite') === true;
}

/** The SDK adds lines with the id and the time of the request. */
function firstLine(message: string): string {
  const end = message.indexOf('\nRequestId:');
  const words = end < 0 ? message : message.slice(0, end);
  // Without an error text in the answer the SDK gives its whole body, or names itself.
  return words.startsWith('{') || words === 'Unexpected' ? '' : words;
}

/** @returns minutes that this computer is ahead; null when that is not too much, or the service does not tell its time */
function minutesOff(date: string | undefined, now: Date): number | null {
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  const off = Math.round((now.getTime() - theirs) / 60_000);
  return Number.isNaN(off) || Math.abs(off) < CLOCK_TOLERANCE ? null : off;
}

interface RestError extends Error {
  readonly statusCode: number;
  readonly code?: string;
  readonly response?: { readonly headers: { get(name: string): string | undefined } };
}

function isRestError(error: unknown): error is RestError {
  return error instanceof Error && error.name === 'RestError' && 'statusCode' in error && typeof error.statusCode === 'number';
}
