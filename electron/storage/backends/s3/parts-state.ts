import type { Checksum } from '../../../../shared/storage/checksum.ts';
import type { FullChecksum } from './findings.ts';
import type { ObjectFacts } from './object-facts.ts';
import type { ResumeToken } from './resume-token.ts';

/** A part that the object will be made of. */
export interface DonePart {
  readonly etag: string;
  readonly size: number;
  readonly digest: Checksum;
  /** sent now, with its digest; false: it was there */
  readonly sent: boolean;
}

/** An upload in parts that lies on the server, or did. */
export interface PartsState {
  readonly token: Omit<ResumeToken, 'size'>;
  readonly size: number | undefined;
  /** kind of the digests by which parts are compared with the server's */
  readonly checksum: FullChecksum | 'md5';
  readonly done: Map<number, DonePart>;
  /** the upload was completed by an earlier save whose end was not seen; nothing is sent then */
  readonly adopted: ObjectFacts | null;
}
