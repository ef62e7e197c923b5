import { randomUUID } from 'node:crypto';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import { discard } from '../../http/http-client.ts';
import type { DavClient } from './dav-client.ts';

/** Answers that say nothing about what the server can do. */
const PASSING: ReadonlySet<unknown> = new Set([401, 429, 502, 503, 504]);

/**
 * A place of its own to try things in: a folder, or names beside each other where no folder can be made. Nothing of it is left, also
 * after a cancel: what was begun is waited for, and then removed.
 */
export class Scratch {
  readonly #dav: DavClient;
  readonly #signal: AbortSignal | undefined;
  readonly #name: string;
  readonly #used = new Set<string>();
  #isFolder = false;

  constructor(dav: DavClient, signal: AbortSignal | undefined) {
    this.#dav = dav;
    this.#signal = signal;
    this.#name = `${dav.root}.holdfast-probe-${randomUUID()}`;
  }

  get isFolder(): boolean {
    return this.#isFolder;
  }

  /** @returns null when things can be stored and removed here, else why not */
  async begin(): Promise<StorageError | null> {
    const cannotDelete = await this.refusal(this.#dav.remove(this.#name));
    if (cannotDelete !== null && cannotDelete.code !== 'not_found') return cannotDelete;
    this.#isFolder = (await this.refusal(this.#dav.makeFolder(`${this.#name}/`))) === null;
    throwIfCanceled(this.#signal);
    return null;
  }

  at(name: string): string {
    const uri = this.#isFolder ? `${this.#name}/${name}` : `${this.#name}-${name}`;
    this.#used.add(uri);
    return uri;
  }

  /** Never with the signal: a file whose upload was cut could come to be after it was removed. @returns null when it was stored, else the refusal */
  async put(name: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<StorageError | null> {
    const refused = await this.refusal(this.#dav.put(this.at(name), { body, headers }));
    throwIfCanceled(this.#signal);
    return refused;
  }

  /** What the server gives for a name. @returns null when it gives nothing, or more than a probe ever stores */
  async read(name: string, range?: string): Promise<Buffer | null> {
    const { http } = this.#dav;
    const answer = await http.send('GET', this.at(name), { signal: this.#signal, ...(range !== undefined && { headers: { range } }) });
    if (answer.status === (range === undefined ? 200 : 206)) return http.body(answer, 1024);
    await discard(answer);
    return null;
  }

  /** @returns null for success, else what the server refused with @throws what says nothing about it: no connection, no sign-in, too busy */
  async refusal(asked: Promise<unknown>): Promise<StorageError | null> {
    try {
      await asked;
      return null;
    } catch (error) {
      if (error instanceof StorageError && error.context['status'] !== undefined && !PASSING.has(error.context['status'])) return error;
      throw error;
    }
  }

  async end(): Promise<void> {
    const left = this.#isFolder ? [`${this.#name}/`] : [...this.#used];
    for (const uri of left) await this.#dav.remove(uri).catch(() => undefined);
  }
}

/** All at once; waits for all of them also when one fails. */
export async function together<A, B, C, D, E, F>(tries: readonly [Promise<A>, Promise<B>, Promise<C>, Promise<D>, Promise<E>, Promise<F>]): Promise<readonly [A, B, C, D, E, F]> {
  await Promise.allSettled(tries);
  return Promise.all(tries);
}
