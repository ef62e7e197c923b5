import { type Checksum, type Checksums, DEFAULT_HASH, type HashName, checksumAlgorithm } from '../../shared/storage/checksum.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Evidence, EvidenceLevel } from '../../shared/storage/evidence.ts';
import type { FileInstance } from '../../shared/storage/file-instance.ts';
import type { StorageBackend } from '../storage/storage-backend.ts';
import type { KnownDigest } from './job.ts';

export interface Arrived {
  readonly size: number;
  /** computed while the bytes came in */
  readonly checksums: Checksums;
}

/** Digests to compute on the way, so that they can be compared with what the storage and the receipts say. */
export function downloadAlgorithms(file: StorageBackend, known: KnownDigest | null, wanted: readonly HashName[]): readonly HashName[] {
  const server = serverAlgorithm(file);
  return [...(server === undefined ? [] : [server]), ...(known === null ? [] : [checksumAlgorithm(known.checksum)]), ...wanted];
}

/** The known digest, if the stored file still has the size and time of then. */
export function stillKnown(known: KnownDigest | null, file: Pick<FileInstance, 'size' | 'modified'>): KnownDigest | null {
  if (known === null || known.size !== file.size) return null;
  return known.modified === null || file.modified === null || known.modified === file.modified ? known : null;
}

/**
 * Compares what arrived with digests of the stored bytes that do not come from this transfer: the storage's own, and an earlier
 * receipt's. Asked before anything is published.
 * @param asked what {@link askServer} answers
 * @throws StorageError checksum_mismatch with both values; `receipt` is true in the context when an earlier receipt contradicts
 */
export async function proveDownload(file: StorageBackend, arrived: Arrived, known: KnownDigest | null, asked: Promise<Checksum | null>, now: () => Date = () => new Date()): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = [];
  const notes: string[] = [];
  const add = (level: EvidenceLevel, by: Evidence['by'], value: Checksum | null, note?: string): void => {
    evidence.push({ level, algorithm: value === null ? null : checksumAlgorithm(value), by, at: now().toISOString(), value, size: arrived.size, ...(note !== undefined && { note }) });
  };
  if (file.known.size !== undefined) add(0, 'server', null);
  else notes.push('The storage does not report a size.');

  const server = await asked;
  if (server === null) notes.push('The storage computes no digest.');
  else if (compare(arrived, server, 'the storage says', false)) add(2, 'server', server);
  else notes.push(`The storage’s digest ${server} could not be compared.`);

  if (known === null) notes.push('No receipt knows this file as it is now.');
  else if (compare(arrived, known.checksum, `the receipt of ${known.at} says`, true)) add(3, 'holdfast', known.checksum, `Compared with the receipt of ${known.at}.`);
  if (evidence.some(({ level }) => level > 0)) return evidence;
  return evidence.map((piece) => ({ ...piece, note: notes.join(' ') }));
}

function compare(arrived: Arrived, expected: Checksum, who: string, receipt: boolean): boolean {
  const found = arrived.checksums[checksumAlgorithm(expected)];
  if (found === undefined) return false;
  if (found === expected) return true;
  throw new StorageError('checksum_mismatch', `The bytes that arrived are ${found}, but ${who} ${expected}.`, { context: { expected, found, receipt } });
}

/** The digest that the storage computes of its bytes now. @returns null when it has none */
export async function askServer(file: StorageBackend, signal: AbortSignal): Promise<Checksum | null> {
  const algorithm = serverAlgorithm(file);
  if (algorithm === undefined || !file.asksStorage) return null;
  try {
    return await file.checksum({ algorithm: file.checksumHashName === null ? undefined : algorithm, signal });
  } catch (error) {
    if (error instanceof StorageError && error.code === 'unsupported') return null;
    throw error;
  }
}

function serverAlgorithm(file: StorageBackend): HashName | undefined {
  const { serverDigest: offered } = file.context.capabilities;
  return offered.includes(DEFAULT_HASH) ? DEFAULT_HASH : offered[0];
}
