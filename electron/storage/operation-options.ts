import type { Readable } from 'node:stream';
import type { Capabilities } from '../../shared/storage/capabilities.ts';
import type { Checksum, Checksums, HashName } from '../../shared/storage/checksum.ts';
import type { Evidence, ProofPolicy, Resumption } from '../../shared/storage/evidence.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { SizeLimit } from '../../shared/storage/location.ts';
import type { Progress } from '../../shared/transfers/transfer.ts';
import type { Rung } from '../integrity/ladder.ts';
import type { Pace } from '../integrity/pace.ts';

/** What every backend gets from its location; a backend extends it with its connection. */
export interface BackendContext {
  readonly capabilities: Capabilities;
  readonly proof: ProofPolicy;
  readonly sizeLimit: SizeLimit | null;
}

export interface KnownFile {
  readonly size?: number;
  readonly modified?: Date;
  /** absent: the latest */
  readonly versionId?: string;
}

export interface OpenOptions {
  /** first byte, from 0 */
  readonly start?: number | undefined;
  /** last byte, inclusive as in HTTP and Node; beyond the end means to the end */
  readonly end?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OperationOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lets a save go on where an earlier one was cut off. The token is the backend's own text, e.g. a partial name or an upload id; it
 * holds no secret and is given back unread.
 */
export interface ResumeOptions {
  /** what the earlier save kept; null for a first one, or when there is nothing */
  readonly token: string | null;
  /** Called before the first byte is sent, and again when the token changes. From then on a failure that may pass keeps what was stored. */
  keep(token: string): void;
  /** Told once a save that went on at such a place, whether it then succeeds or fails. */
  wentOn?(resumption: Resumption): void;
}

/** The beginning of a file that an earlier save kept, as it can be read now. */
export interface KeptPart {
  /** bytes */
  readonly size: number;
  /** all of it, from the first byte on */
  open(): Promise<Readable>;
}

/** Bytes of this computer to compare stored ones with. */
export interface LocalBytes {
  readonly size: number;
  open(): Promise<Readable>;
}

export interface PartsVerdict {
  readonly verdict: 'match' | 'mismatch' | 'cannot tell';
  /** in words for people */
  readonly why: string;
}

/** Reason to abort a signal with when the same save is to go on later: what was stored is kept instead of removed. */
export const SUSPENDED = Object.freeze(new StorageError('canceled', 'Suspended; it goes on later.'));

/** What a backend needs to know to make room for a file. */
export interface SaveStreamOptions {
  /** bytes to come; absent when not known */
  readonly size?: number | undefined;
  /** false: refuse with already_exists when the name is taken, also when it is taken in between */
  readonly overwrite: boolean;
  readonly modified?: Date | undefined;
  /** permission bits, where the storage keeps them */
  readonly mode?: number | undefined;
  /** absent: nothing is to be kept for later */
  readonly resume?: ResumeOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SaveOptions {
  readonly size?: number | undefined;
  /** on top of the location's own limit */
  readonly sizeLimit?: SizeLimit | undefined;
  readonly chunkSize?: number | undefined;
  /** default true: the old file stays until the new one is proven */
  readonly overwrite?: boolean | undefined;
  readonly modified?: Date | undefined;
  readonly mode?: number | undefined;
  /** digests wanted beside those that the storage can be asked for */
  readonly algorithms?: readonly HashName[] | undefined;
  /** absent, or a storage that cannot: a save that fails leaves nothing */
  readonly resume?: ResumeOptions | undefined;
  /** default: the location's */
  readonly proof?: ProofPolicy | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** begins a rung of the ladder; `onProgress` then counts from 0 again */
  readonly onRung?: ((rung: Rung) => void) | undefined;
  /** for the bytes of the source */
  readonly pace?: Pace | undefined;
  /** for bytes that are read back */
  readonly readBackPace?: Pace | undefined;
  readonly signal?: AbortSignal | undefined;
  /** asked once all bytes were read and before anything is published; throws when the source is no longer what it was, or when its own digest is another one */
  readonly beforeCommit?: ((written: { readonly size: number; readonly checksums: Checksums }) => Promise<void>) | undefined;
}

export interface SaveResult {
  readonly uri: string;
  readonly versionId: string | null;
  readonly size: number;
  readonly checksum: Checksum;
  readonly checksums: Checksums;
  readonly evidence: readonly Evidence[];
  /** as `stat` would report it now; absent when only `stat` can tell */
  readonly modified?: string | null;
  /** where this save went on after an earlier one was cut off; null when it began at the first byte */
  readonly resumed: Resumption | null;
  readonly readable: true;
  readonly writable: false;
}

export interface InitializeResult {
  readonly uri: string;
  readonly size: number;
  readonly readable: false;
  readonly writable: true;
}

export interface ChecksumOptions extends OperationOptions {
  /** default: `checksumHashName` */
  readonly algorithm?: HashName | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface UpdateOptions extends OperationOptions {
  /** first byte to write, from 0; may lie past the end */
  readonly seek: number;
  readonly size?: number | undefined;
  readonly chunkSize?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
