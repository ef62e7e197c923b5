import { randomUUID } from 'node:crypto';
import { DEFAULT_HASH } from '../../shared/storage/checksum.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { bestEvidence } from '../../shared/storage/evidence.ts';
import type { Receipt } from '../../shared/transfers/transfer.ts';
import type { FileState } from '../database/file-states.ts';
import type { TransferRow } from '../database/transfer-rows.ts';
import type { JobResult } from './job.ts';

type Stored = Extract<JobResult, { readonly kind: 'stored' }>;

/** The receipt over all tries of a transfer. */
export function receiptFor(row: TransferRow, result: Stored, at: string, appVersion: string): Receipt {
  return {
    id: randomUUID(),
    transferId: String(row.seq),
    direction: row.direction,
    source: result.source,
    destination: result.destination,
    size: result.size,
    checksums: result.checksums,
    evidence: result.evidence,
    resumed: result.resumed,
    errors: JSON.parse(row.errors) as readonly ErrorRecord[],
    attempts: row.attempts,
    startedAt: row.startedAt ?? at,
    finishedAt: at,
    appVersion,
  };
}

/** What is known from now on of the file in the location. */
export function provenState({ locationId }: TransferRow, { proven, checksums, evidence }: Stored, at: string): FileState | null {
  if (proven === null) return null;
  const checksum = checksums[DEFAULT_HASH] ?? Object.values(checksums)[0] ?? null;
  const best = bestEvidence(evidence);
  return { locationId, ...proven, kind: 'proven', level: best?.level ?? 0, algorithm: best?.algorithm ?? null, checksum, expected: null, found: null, at };
}

/** The stored file turned out to be another one than it should be. */
export function mismatchState({ locationId }: TransferRow, result: Extract<JobResult, { readonly kind: 'failed' }>, at: string): FileState | null {
  const { mismatch, error } = result;
  if (mismatch === null) return null;
  const digest = (key: 'expected' | 'found') => (typeof error.context[key] === 'string' ? (error.context[key] as FileState['expected']) : null);
  return { locationId, ...mismatch, kind: 'mismatch', level: 2, algorithm: null, checksum: digest('found'), expected: digest('expected'), found: digest('found'), at };
}
