import { StorageError } from '../../../../shared/storage/errors.ts';
import { wrapError } from '../../wrap-error.ts';

/** Node's names for what X.509 verification finds wrong (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const SILENT: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** Makes what the connection failed with into one of our errors: a certificate, a silent server, a cut, or something that is no HTTP. */
export function connectionFailure(error: unknown, doing: string, uri: string, signal: AbortSignal | undefined): StorageError {
  if (error instanceof StorageError) return error;
  if (signal?.aborted) return new StorageError('canceled', 'Canceled.', { cause: error });
  const { origin } = new URL(uri);
  const failure = (code: 'untrusted_server' | 'unavailable', message: string, system: string) => new StorageError(code, message, { cause: error, context: { uri, system } });
  const code = codeOf(error);
  if (code !== null && UNTRUSTED.has(code)) return failure('untrusted_server', `The certificate of ${origin} is not trusted: ${messageOf(error)}.`, code);
  if (code !== null && SILENT.has(code)) return failure('unavailable', `The server at ${origin} stayed silent for too long: could not ${doing}.`, code);
  if (code !== null && (code.startsWith('ERR_SSL_') || code === 'EPROTO')) return failure('unavailable', `No secure connection to ${origin} came about; it may speak http: only, or other versions of TLS (${code}).`, code);
  if (code?.startsWith('HPE_')) return failure('unavailable', `The server at ${origin} gave no valid HTTP answer (${code}).`, code);
  const wrapped = wrapError(error, doing, { uri });
  const known = wrapped.code === 'unexpected' && code?.startsWith('UND_ERR_') ? 'unavailable' : wrapped.code;
  return new StorageError(known, `Could not ${doing}: ${messageOf(error)}.`, { cause: error, context: wrapped.context });
}

/** @throws StorageError canceled */
export function throwIfCanceled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new StorageError('canceled', 'Canceled.', { cause: signal.reason });
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

/** A refused connection to a name with several addresses is an AggregateError with an empty message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
