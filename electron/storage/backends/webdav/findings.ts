import type { HashName } from '../../../../shared/storage/checksum.ts';
import type { ErrorRecord } from '../../../../shared/storage/errors.ts';
import type { SentHash } from './bytes-digest.ts';

/** A property by which a server lets the time of a file be set; `header`: `X-OC-Mtime` with the bytes. */
export type SetsTime = 'header' | '{DAV:}getlastmodified' | '{DAV:}lastmodified' | '{urn:schemas-microsoft-com:}Win32LastModifiedTime';

/** A digest that goes along with the bytes. */
export interface SentDigest {
  readonly header: 'oc-checksum' | 'repr-digest';
  readonly algorithm: SentHash;
  /** the server refused another one; if not, it only keeps what it is told, which proves nothing */
  readonly compared: boolean;
}

/** ownCloud or Nextcloud, as it says of itself. */
export interface Product {
  readonly name: 'ownCloud' | 'Nextcloud';
  readonly version: string;
  /** Where the account's files and uploads lie, each with a slash at the end; null where it does not say. */
  readonly places: { readonly files: string; readonly uploads: string } | null;
  /** uploads in chunks, version 1 of its capability `dav.chunking` */
  readonly chunking: boolean;
  /** algorithms that it takes in `OC-Checksum`, the one that it prefers first; empty where it does not say */
  readonly checksums: readonly HashName[];
}

/** An upload in chunks was joined to the right file there. */
export interface Chunks {
  readonly files: string;
  readonly uploads: string;
  /** the digest of `sentDigest` is compared with the joined file: another one was refused */
  readonly compared: boolean;
}

/** What was found out by writing. */
export interface WriteFindings {
  readonly makeDirectory: boolean;
  readonly delete: boolean;
  /** `Overwrite: F` is honoured */
  readonly noOverwrite: boolean;
  /** PUT with `Content-Range` changes the bytes that it names, and those alone, and adds at the end */
  readonly partialPut: boolean;
  readonly copy: boolean;
  readonly setsTime: SetsTime | null;
  /** computed by the server: of a file that was stored without any, and anew when its bytes changed */
  readonly serverDigest: readonly HashName[];
  readonly sentDigest: SentDigest | null;
  readonly chunks: Chunks | null;
  /** names that begin with a dot are stored, but not listed */
  readonly hidesDotNames: boolean;
}

/** What was found out about a server by trying it. */
export interface Findings {
  readonly rangeRead: boolean;
  readonly product: Product | null;
  /** null: nothing can be stored, for the reason in `notWritable` */
  readonly write: WriteFindings | null;
  readonly notWritable: ErrorRecord | null;
  /** the root's space is told */
  readonly tellsSpace: boolean;
  /** how far the server's clock is ahead of ours, in seconds; null where it does not say */
  readonly clockAhead: number | null;
}
