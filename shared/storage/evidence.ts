import type { Checksum, HashName } from './checksum.ts';

/** 0 size only, 1 checked in transit, 2 server digest, 3 read back, 4 audited. */
export type EvidenceLevel = 0 | 1 | 2 | 3 | 4;

export const EVIDENCE_WORDS: Readonly<Record<EvidenceLevel, string>> = {
  0: 'size only',
  1: 'checked in transit',
  2: 'server digest',
  3: 'read back',
  4: 'audited',
};

export type EvidenceSource = 'holdfast' | 'server';

/** One thing that was found out about the stored bytes, and how. Never written for something that did not match: a mismatch is an error. */
export interface Evidence {
  readonly level: EvidenceLevel;
  /** null for size only */
  readonly algorithm: HashName | null;
  /** who computed the digest (or reported the size) of the stored bytes */
  readonly by: EvidenceSource;
  /** ISO 8601, UTC */
  readonly at: string;
  /** the digest found; null for size only, and where each part has a digest of its own */
  readonly value: Checksum | null;
  /** how many parts were compared, each with the digest of its own; absent when the digest is of the whole */
  readonly parts?: number;
  /** size found, in bytes */
  readonly size: number;
  /** why no higher rung was taken, in words for the user; absent when there is nothing to say */
  readonly note?: string;
}

/** The storage handled the file in parts and each part's digest equals ours: compared by the server on arrival (level 1), or computed by it over what it stored and compared here (level 2). */
export interface PartProof {
  readonly level: 1 | 2;
  readonly algorithm: HashName;
  readonly parts: number;
}

/** What of a file was there already when its transfer went on after an interruption. */
export interface Resumption {
  /** bytes that were not sent again */
  readonly offset: number;
  /**
   * how they were found to be the source's. `acknowledged`: only the storage's word that it has so many bytes; the source still begins as
   * what was sent to it, but what it made of that is known only when the whole is proven
   */
  readonly proof: 'server digest' | 'part digests' | 'read back' | 'acknowledged';
  readonly algorithm: HashName;
  /** ISO 8601, UTC */
  readonly at: string;
}

/** The highest level reached; null when nothing is known. */
export function evidenceLevel(evidence: readonly Evidence[]): EvidenceLevel | null {
  return bestEvidence(evidence)?.level ?? null;
}

/** The first of the highest level; null when nothing is known. */
export function bestEvidence(evidence: readonly Evidence[]): Evidence | null {
  return evidence.reduce<Evidence | null>((best, one) => (best === null || one.level > best.level ? one : best), null);
}

/** When to download the stored bytes again to hash them: always, never, or for files up to so many bytes. */
export type ReadBackPolicy = 'always' | 'never' | { readonly upTo: number };

/** What a location asks of the ladder of rungs. `minimum` is the level to reach at least, if the storage can; `readBack` bounds what may be downloaded for it. */
export interface ProofPolicy {
  readonly minimum: 0 | 1 | 2 | 3;
  readonly readBack: ReadBackPolicy;
}

export const DEFAULT_PROOF_POLICY: ProofPolicy = { minimum: 2, readBack: 'always' };

/** One sentence a piece of evidence, for the inspector. */
export function describeEvidence(evidence: Evidence): string {
  const bytes = `${evidence.size.toLocaleString('en-US')} bytes`;
  const { parts } = evidence;
  if (parts !== undefined && evidence.level === 1) return `The server checked our ${evidence.algorithm ?? 'digest'} of each of ${parts} parts while it received ${bytes}`;
  if (parts !== undefined && evidence.level === 2) return `The server computed the same ${evidence.algorithm ?? 'digest'} for each of ${parts} parts of the stored ${bytes}`;
  switch (evidence.level) {
    case 0:
      return `The storage reports the same size, ${bytes}; this alone says nothing about the contents`;
    case 1:
      return `The server checked our ${evidence.algorithm ?? 'digest'} while it received ${bytes}`;
    case 2:
      return `The server computed the same ${evidence.algorithm ?? 'digest'} of the stored ${bytes}`;
    case 3:
      return `Read back and hashed: the same ${evidence.algorithm ?? 'digest'} of ${bytes}`;
    case 4:
      return `Audited later: still the same ${evidence.algorithm ?? 'digest'} of ${bytes}`;
  }
}
