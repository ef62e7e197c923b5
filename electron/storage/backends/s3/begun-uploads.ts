import { type UploadState, UPLOADS_OF_THREADS } from '../../uploads-of-threads.ts';
import type { S3Session } from './session.ts';

/**
 * Uploads in parts that this process began. S3 lets nothing be written onto an unfinished upload by which it could be known again, so
 * those of a moment ago are known by this list, and older ones by who began them.
 */
export const BEGUN = {
  set(session: S3Session, uploadId: string, state: UploadState): void {
    UPLOADS_OF_THREADS.set(nameOf(session, uploadId), state);
  },

  remove(session: S3Session, uploadId: string): void {
    UPLOADS_OF_THREADS.set(nameOf(session, uploadId), null);
  },

  /** @returns null for one that another process began */
  stateOf(session: S3Session, uploadId: string): UploadState | null {
    return UPLOADS_OF_THREADS.stateOf(nameOf(session, uploadId));
  },
};

function nameOf({ server, bucket }: S3Session, uploadId: string): string {
  return `s3\n${server}\n${bucket}\n${uploadId}`;
}
