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
  EMFILE: 'unavailable',
  ENFILE: 'unavailable',
  ECONNABORTED: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EPIPE: 'unavailable',
  ETIMEDOUT: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  EHOSTDOWN: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENETDOWN: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  UND_ERR_CONNECT_TIMEOUT: 'unavailable',
  UND_ERR_HEADERS_TIMEOUT: 'unavailable',
  UND_ERR_BODY_TIMEOUT: 'unavailable',
  UND_ERR_SOCKET: 'unavailable',
  ERR_STREAM_PREMATURE_CLOSE: 'unavailable',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted_server',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted_server',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted_server',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted_server',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted_server',
  CERT_UNTRUSTED: 'untrusted_server',
  CERT_REVOKED: 'untrusted_server',
  CERT_NOT_YET_VALID: 'untrusted_server',
  CERT_HAS_EXPIRED: 'untrusted_server',
  ERR_TLS_CERT_ALTNAME_INVALID: 'untrusted_server',
};

/** Makes whatever was thrown into the one error of Holdfast. A {@link StorageError} passes as it is. `doing` completes "Could not ...". */
export function wrapError(error: unknown, doing: string, context: ErrorContext = {}): StorageError {
  if (error instanceof StorageError) return error;
  if (!(error instanceof Error)) return new StorageError('unexpected', `Could not ${doing}: ${String(error)}.`, { cause: error, context });
  if (error.name === 'AbortError') return new StorageError('canceled', 'Canceled.', { cause: error, context });
  if (error.name === 'TimeoutError') return new StorageError('unavailable', `Could not ${doing}: no answer in time.`, { cause: error, context });
  const system = systemCode(error);
  const code = system !== null && Object.hasOwn(SYSTEM_CODES, system) ? SYSTEM_CODES[system] : undefined;
  return new StorageError(code ?? 'unexpected', `Could not ${doing}: ${error.message}.`, { cause: error, context: system === null ? context : { ...context, system } });
}

/** The known code nearest to the surface, else the outermost one. Causes of causes are looked at so far as anybody nests them. */
function systemCode(error: Error): string | null {
  const codes: string[] = [];
  let layer: unknown = error;
  for (let depth = 0; depth < 8 && layer instanceof Error; depth++) {
    if ('code' in layer && typeof layer.code === 'string') codes.push(layer.code);
    layer = layer.cause;
  }
  return codes.find((code) => Object.hasOwn(SYSTEM_CODES, code)) ?? codes[0] ?? null;
}
