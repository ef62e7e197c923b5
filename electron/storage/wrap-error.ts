import { type ErrorCode, type ErrorContext, StorageError } from '../../shared/storage/errors.ts';

/** Node's system error codes (errno(3), libuv) and undici's, as ours. */
const SYSTEM_CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'not_found',
  EEXIST: 'already_exists',
  ENOTEMPTY: 'already_exists',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  EROFS: 'permission_denied',
  ENOSPC: 'out_of_space',
  EDQUOT: 'out_of_space',
  EFBIG: 'size_limit_exceeded',
  ENAMETOOLONG: 'invalid_location',
  ENOTDIR: 'invalid_location',
  EISDIR: 'invalid_location',
  ELOOP: 'invalid_location',
  EILSEQ: 'invalid_location',
  EBUSY: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EPIPE: 'unavailable',
  ETIMEDOUT: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  UND_ERR_CONNECT_TIMEOUT: 'unavailable',
  UND_ERR_HEADERS_TIMEOUT: 'unavailable',
  UND_ERR_BODY_TIMEOUT: 'unavailable',
  UND_ERR_SOCKET: 'unavailable',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted_server',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted_server',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted_server',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted_server',
  CERT_HAS_EXPIRED: 'untrusted_server',
  ERR_TLS_CERT_ALTNAME_INVALID: 'untrusted_server',
};

/** Makes whatever was thrown into the one error of Holdfast. A {@link StorageError} passes as it is. `doing` completes "Could not ...". */
export function wrapError(error: unknown, doing: string, context: ErrorContext = {}): StorageError {
  if (error instanceof StorageError) return error;
  if (!(error instanceof Error)) return new StorageError('unexpected', `Could not ${doing}: ${String(error)}.`, { cause: error, context });
  if (error.name === 'AbortError') return new StorageError('canceled', 'Canceled.', { cause: error, context });
  const system = systemCode(error);
  const code = system === null ? null : (SYSTEM_CODES[system] ?? null);
  return new StorageError(code ?? 'unexpected', `Could not ${doing}: ${error.message}.`, { cause: error, context: system === null ? context : { ...context, system } });
}

function systemCode(error: Error): string | null {
  if ('code' in error && typeof error.code === 'string' && error.code in SYSTEM_CODES) return error.code;
  if (error.cause instanceof Error) return systemCode(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : null;
}
