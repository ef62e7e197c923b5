import type { ProofPolicy } from '../../../shared/storage/evidence.ts';
import type { SizeLimit } from '../../../shared/storage/location.ts';
import type { LocationPath } from '../../../shared/storage/path.ts';
import type { StorageLocation } from '../storage-location.ts';

/** What a case may ask of the location that it opens. */
export interface OpenOverrides {
  readonly sizeLimit?: SizeLimit | null;
  readonly proof?: ProofPolicy;
}

/** Joins one backend to the conformance suite; cases run one after the other, each on a location of its own. */
export interface ConformanceHarness {
  /** A fresh, empty location. Without overrides: no size limit, and `{ minimum: 2, readBack: 'always' }`. The suite closes it. */
  open(overrides?: OpenOverrides): Promise<StorageLocation>;
  /** Paths of all files in the storage opened last, partial and hidden ones included, folders left out; seen from outside of the backend. */
  residue(): Promise<readonly LocationPath[]>;
  /** Contents of the newest finished file of that name, seen from outside of the backend. Needed where `capabilities.read` is false; `residue` then tells each name once. */
  peek?(path: LocationPath): Promise<Buffer>;
  /** Overwrites the stored byte `at` with another value behind the backend's back (bit rot). */
  corrupt?(path: LocationPath, at: number): Promise<void>;
  /** From now on the storage takes no bytes until the returned function is called. */
  stall?(): Promise<() => void>;
  /** Names out of ODD_NAMES that this storage cannot keep; each must be refused with invalid_location. */
  readonly refusedNames?: readonly string[];
  /** Called once, after the last case. */
  close(): Promise<void>;
}

/** One obligation of a backend. */
export interface ConformanceCase {
  readonly name: string;
  /** hook of the harness without which the case says nothing */
  readonly needs?: 'corrupt' | 'stall';
  /** @throws AssertionError (or what the backend failed with) when the obligation is not met */
  run(harness: ConformanceHarness): Promise<void>;
}
