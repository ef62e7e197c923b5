import type { S3Session } from './session.ts';

export type BegunState = 'active' | 'kept';

/**
 * Uploads in parts that this process began. S3 lets nothing be written onto an unfinished upload by which it could be known again, so
 * those of a moment ago are known by this list, and older ones by who began them.
 */
class BegunUploads {
  readonly #states = new Map<string, BegunState>();

  set(session: S3Session, uploadId: string, state: BegunState): void {
    this.#states.set(nameOf(session, uploadId), state);
  }

  remove(session: S3Session, uploadId: string): void {
    this.#states.delete(nameOf(session, uploadId));
  }

  /** @returns null for one that another process began */
  stateOf(session: S3Session, uploadId: string): BegunState | null {
    return this.#states.get(nameOf(session, uploadId)) ?? null;
  }
}

export const BEGUN = new BegunUploads();

function nameOf({ server, bucket }: S3Session, uploadId: string): string {
  return `${server}\n${bucket}\n${uploadId}`;
}
