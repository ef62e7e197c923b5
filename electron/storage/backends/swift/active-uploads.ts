import { UPLOADS_OF_THREADS } from '../../uploads-of-threads.ts';

/** Uploads in segments that are under way over this connection, or over one of another thread. */
export class ActiveUploads {
  readonly #place: string;
  readonly #own = new Set<string>();

  /** @param place the container's address */
  constructor(place: string) {
    this.#place = place;
  }

  has(id: string): boolean {
    return this.#own.has(id) || UPLOADS_OF_THREADS.isActiveElsewhere(this.#key(id));
  }

  add(id: string): void {
    this.#own.add(id);
    UPLOADS_OF_THREADS.set(this.#key(id), 'active');
  }

  delete(id: string): void {
    this.#own.delete(id);
    UPLOADS_OF_THREADS.set(this.#key(id), null);
  }

  #key(id: string): string {
    return `swift\n${this.#place}\n${id}`;
  }
}
