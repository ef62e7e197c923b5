import type { Readable } from 'node:stream';
import { DEFAULT_HASH, type HashName } from '../../shared/storage/checksum.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import { type Evidence, type ProofPolicy, evidenceLevel } from '../../shared/storage/evidence.ts';
import type { Progress } from '../../shared/transfers/transfer.ts';
import { hashStream } from '../integrity/hash.ts';
import { type Rung, climbLadder } from '../integrity/ladder.ts';
import type { SaveResult, StorageBackend } from '../storage/storage-backend.ts';

export interface AdoptOptions {
  readonly algorithms: readonly HashName[];
  /** default: the location's; a digest is compared in any case */
  readonly proof?: ProofPolicy | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onRung: (rung: Rung) => void;
}

const NOTE = 'Found there after an interruption and compared; it was not sent again.';

/**
 * A try was cut off after its bytes may have been published: compares the source with what lies there, so that nothing is sent twice.
 * @returns null when it is not the same, or when that cannot be told by digest
 */
export async function adoptStored(file: StorageBackend, size: number, open: () => Promise<Readable>, options: AdoptOptions): Promise<SaveResult | null> {
  const { signal, onProgress, onRung } = options;
  const stored = await file.size({ signal });
  if (stored !== null && stored !== size) return null;
  const { serverDigest } = file.context.capabilities;
  const best = serverDigest.includes(DEFAULT_HASH) ? DEFAULT_HASH : serverDigest[0];
  const asked = file.asksStorage ? best : undefined;
  const { proof = file.context.proof } = options;
  const total = size;
  const source = await hashStream(await open(), [DEFAULT_HASH, ...(asked === undefined ? [] : [asked]), ...options.algorithms], { signal, onBytes: (bytes) => onProgress({ bytes, total }) });
  const evidence = await climbLadder(
    {
      size: () => Promise.resolve(stored),
      ...(asked !== undefined && { serverDigest: () => file.checksum({ algorithm: file.checksumHashName === null ? undefined : asked, signal }) }),
      readBack: () => file.open({ signal }),
    },
    source,
    { ...proof, minimum: proof.minimum === 3 ? 3 : 2 },
    { signal, onRung, onBytes: (bytes) => onProgress({ bytes, total }) },
  ).catch(sameOrNull);
  if (evidence === null || (evidenceLevel(evidence) ?? 0) < 2) return null;
  const checksum = source.checksums[DEFAULT_HASH];
  if (checksum === undefined) throw new StorageError('unexpected', 'The digest of the source is missing.');
  return { uri: file.uri, versionId: null, ...source, checksum, evidence: withNote(evidence, NOTE), resumed: null, readable: true, writable: false };
}

/** A note on the last, strongest piece of evidence. */
export function withNote(evidence: readonly Evidence[], note: string): readonly Evidence[] {
  return evidence.map((piece, index) => (index === evidence.length - 1 ? { ...piece, note: piece.note === undefined ? note : `${piece.note} ${note}` } : piece));
}

function sameOrNull(error: unknown): null {
  if (error instanceof StorageError && (error.code === 'checksum_mismatch' || error.code === 'size_mismatch')) return null;
  throw error;
}
