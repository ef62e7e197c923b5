import { StorageError } from '../../../shared/storage/errors.ts';
import { wrapError } from '../wrap-error.ts';

const SILENT: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/** Makes what the connection failed with into one of our errors: a silent server, a cut, or something that is no HTTP. */
export function connectionFailure(error: unknown, doing: string, uri: string, signal: AbortSignal | undefined): StorageError {
  if (error instanceof StorageError) return error;
  if (signal?.aborted) return new StorageError('canceled', 'Canceled.', { cause: error });
  const { origin } = new URL(uri);
  const failure = (message: string, system: string) => new StorageError('unavailable', message, { cause: error, context: { uri, system } });
  const code = codeOf(error);
  if (code !== null && SILENT.has(code)) return failure(`The server at ${origin} stayed silent for too long: could not ${doing}.`, code);
  if (code !== null && (code.startsWith('ERR_SSL_') || code === 'EPROTO')) return failure(`No secure connection to ${origin} came about; it may speak http: only, or other versions of TLS (${code}).`, code);
  if (code?.startsWith('HPE_')) return failure(`The server at ${origin} gave no valid HTTP answer (${code}).`, code);
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
