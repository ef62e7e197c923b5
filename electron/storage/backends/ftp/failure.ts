import { StorageError } from '../../../../shared/storage/errors.ts';
import { wrapError } from '../../wrap-error.ts';
import type { FtpSettings } from './settings.ts';

type Place = Pick<FtpSettings, 'host' | 'port' | 'security' | 'silence'>;

/** Why no connection came about. A silent server, a refusal by the system, or no TLS where there should be some. */
export function connectFailure(error: unknown, place: Place, signal: AbortSignal | undefined): StorageError {
  if (signal?.aborted) return new StorageError('canceled', 'Canceled.', { cause: error });
  if (error instanceof StorageError) return error;
  const at = `${place.host}:${place.port}`;
  const system = systemCode(error);
  if (error instanceof Error && error.name === 'TimeoutError') return silent(place, error);
  if (system !== null && (system.startsWith('ERR_SSL_') || system === 'EPROTO')) {
    const hint = place.security === 'implicit' ? 'it may expect explicit TLS (usually port 21)' : 'it may speak other versions of TLS';
    return new StorageError('unavailable', `No secure connection to ${at} came about; ${hint} (${system}).`, { cause: error, context: { host: place.host, system } });
  }
  const { code, context } = wrapError(error, `reach ${at}`);
  return new StorageError(code === 'unexpected' ? 'unavailable' : code, `Could not reach the FTP server at ${at}: ${messageOf(error)}.`, { cause: error, context: { ...context, host: place.host } });
}

export function silent({ host, port, security, silence }: Place, cause?: unknown): StorageError {
  const hint = security === 'explicit' ? ' It may expect TLS from the start: choose “implicit” if so.' : '';
  return new StorageError('unavailable', `The FTP server at ${host}:${port} stayed silent for ${silence / 1000} s.${hint}`, { cause });
}

/** A refused connection to a name with several addresses is an AggregateError with an empty message. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}

function systemCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return 'code' in error && typeof error.code === 'string' ? error.code : systemCode(error.cause);
}
