import type { Readable } from 'node:stream';
import { type Checksum, type Checksums, type HashName, checksumAlgorithm } from '../../shared/storage/checksum.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Evidence, EvidenceLevel, PartProof, ProofPolicy } from '../../shared/storage/evidence.ts';
import type { Pace } from './pace.ts';
import { hashStream } from './hash.ts';

/** Stored bytes, as far as the storage lets us ask about them. Works on unpublished bytes (before commit) and on published ones alike. */
export interface StoredBytes {
  /** size that the storage reports, in bytes; null when it does not say */
  size(signal?: AbortSignal): Promise<number | null>;
  /** digests that the storage compared with ours while it received the bytes and would have refused on a difference */
  readonly transit?: readonly Checksum[];
  /** the same for a file that went over in parts, each with a digest of its own */
  readonly parts?: readonly PartProof[];
  /** a digest that the storage itself computed over the stored bytes; null or an `unsupported` error when it cannot. Never a digest that it merely keeps as we sent it. */
  serverDigest?(signal?: AbortSignal): Promise<Checksum | null>;
  readBack(signal?: AbortSignal): Promise<Readable>;
}

export interface ExpectedBytes {
  readonly size: number;
  /** independent digests of the source, computed while it was read */
  readonly checksums: Checksums;
}

export type Rung = 'size only' | 'server digest' | 'read back';

export interface ClimbOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onRung?: ((rung: Rung) => void) | undefined;
  /** bytes read back so far */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** for bytes that are read back */
  readonly pace?: Pace | undefined;
  readonly now?: () => Date;
}

/**
 * Finds out how well the stored bytes are known to be the expected ones: cheapest rung first, until `policy.minimum` is reached or
 * nothing more is possible or allowed. The last piece of evidence carries a note when a rung was not offered; no evidence at all means
 * that nothing is known of the stored bytes.
 * @throws StorageError size_mismatch or checksum_mismatch (both values in the context) as soon as a rung contradicts
 */
export async function climbLadder(stored: StoredBytes, expected: ExpectedBytes, policy: ProofPolicy, options: ClimbOptions = {}): Promise<readonly Evidence[]> {
  const { signal } = options;
  const evidence: Evidence[] = [];
  const notes: string[] = [];
  const piece = (by: Evidence['by'], value: Checksum | null, level: EvidenceLevel): Evidence => ({ level, algorithm: value === null ? null : checksumAlgorithm(value), by, at: (options.now?.() ?? new Date()).toISOString(), value, size: expected.size });
  const add = (level: EvidenceLevel, by: Evidence['by'], value: Checksum | null) => {
    evidence.push(piece(by, value, level));
  };
  const finish = (): readonly Evidence[] => {
    // A digest of the whole by the storage says more of it than a size would.
    if (size === null && !evidence.some(({ by, value }) => by === 'server' && value !== null)) notes.unshift('The storage does not report a size.');
    const last = evidence.at(-1);
    return last === undefined || notes.length === 0 ? evidence : [...evidence.slice(0, -1), { ...last, note: notes.join(' ') }];
  };
  const reached = () => evidence.some(({ level }) => level >= policy.minimum);

  const begin = (rung: Rung) => {
    options.onRung?.(rung);
    signal?.throwIfAborted();
  };

  begin('size only');
  const size = await stored.size(signal);
  if (size !== null) {
    requireSameSize(expected.size, size);
    add(0, 'server', null);
  }
  for (const value of stored.transit ?? []) {
    if (requireSameDigest(expected.checksums, value)) add(1, 'server', value);
  }
  for (const { level, algorithm, parts } of stored.parts ?? []) evidence.push({ ...piece('server', null, level), algorithm, parts });
  if (reached()) return finish();

  let unmatched: Checksum | null = null;
  if (stored.serverDigest !== undefined) {
    begin('server digest');
    const answer = await askServer(() => stored.serverDigest?.(signal) ?? Promise.resolve(null));
    if ('note' in answer) notes.push(answer.note);
    else if (requireSameDigest(expected.checksums, answer.value)) add(2, 'server', answer.value);
    else unmatched = answer.value;
  } else {
    notes.push('The storage computes no digest.');
  }
  if (reached()) return finish();

  if (policy.readBack === 'never' || (policy.readBack !== 'always' && expected.size > policy.readBack.upTo)) {
    if (unmatched !== null) notes.push(`The storage gave ${unmatched}, but no ${checksumAlgorithm(unmatched)} of the source is known to compare it with.`);
    notes.push(policy.readBack === 'never' ? 'Not read back: the location forbids it.' : 'Not read back: larger than the location allows.');
    return finish();
  }
  begin('read back');
  const stream = await unlessUnsupported(stored.readBack(signal));
  if (stream === null) {
    notes.push('Not read back: the storage cannot give its files again.');
    return finish();
  }
  const wanted = Object.keys(expected.checksums) as HashName[];
  const found = await hashStream(stream, unmatched === null ? wanted : [...wanted, checksumAlgorithm(unmatched)], { signal, onBytes: options.onBytes, pace: options.pace });
  requireSameSize(expected.size, found.size);
  for (const value of Object.values(found.checksums)) requireSameDigest(expected.checksums, value);
  if (unmatched !== null) {
    requireSameDigest(found.checksums, unmatched);
    add(2, 'server', unmatched);
  }
  const first = wanted[0];
  add(3, 'holdfast', first === undefined ? null : (expected.checksums[first] ?? null));
  return finish();
}

async function askServer(ask: () => Promise<Checksum | null>): Promise<{ readonly value: Checksum } | { readonly note: string }> {
  const value = await unlessUnsupported(ask());
  return value === null ? { note: 'The storage gave no digest.' } : { value };
}

async function unlessUnsupported<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'unsupported') return null;
    throw error;
  }
}

function requireSameSize(expected: number, found: number): void {
  if (expected === found) return;
  throw new StorageError('size_mismatch', `Stored are ${found} bytes, but ${expected} bytes were sent.`, { context: { expected, found } });
}

/** @returns false when there is no digest of that algorithm to compare with */
function requireSameDigest(expected: Checksums, found: Checksum): boolean {
  const ours = expected[checksumAlgorithm(found)];
  if (ours === undefined) return false;
  if (ours === found) return true;
  throw new StorageError('checksum_mismatch', `The stored bytes are ${found}, but the source is ${ours}.`, { context: { expected: ours, found } });
}
