import { StorageError } from '../../shared/storage/errors.ts';
import type { SizeLimit } from '../../shared/storage/location.ts';

/** @throws StorageError size_limit_exceeded, with the limit's reason */
export function requireWithin(limit: SizeLimit | null | undefined, bytes: number): void {
  if (limit === null || limit === undefined || bytes <= limit.bytes) return;
  const reason = limit.reason === undefined ? '' : ` (${limit.reason})`;
  throw new StorageError('size_limit_exceeded', `${bytes.toLocaleString('en-US')} bytes are more than the limit of ${limit.bytes.toLocaleString('en-US')} bytes${reason}.`, { context: { size: bytes, limit: limit.bytes } });
}

/** The smallest of those that are set. */
export function tightestLimit(...limits: readonly (SizeLimit | null)[]): SizeLimit | null {
  return limits.reduce((tightest, limit) => (limit !== null && (tightest === null || limit.bytes < tightest.bytes) ? limit : tightest), null);
}

/** @throws StorageError invalid_config unless it is a whole number from 0 that JavaScript can count exactly */
export function requireByteCount(bytes: number, what: string): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new StorageError('invalid_config', `${bytes} cannot be ${what}: expected a whole number of bytes from 0.`);
}
