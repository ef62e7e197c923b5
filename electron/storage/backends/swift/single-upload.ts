import { Writable } from 'node:stream';
import { type Checksum, checksumHex } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { discard } from '../../http/http-client.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { Published, WriteHandle } from '../../write-handle.ts';
import { requireWritten, saveHeaders, withLastWords } from './save-request.ts';
import type { SwiftContext } from './context.ts';
import type { HeldPart } from './held-part.ts';
import { askObjectIfThere, etagOf, keptTime, md5Of } from './object-facts.ts';
import { ask } from './refusal.ts';
import { replace } from './replace.ts';

type Written = Parameters<WriteHandle['commit']>[0];

/** A small file: collected, and stored by one PUT with its MD5 before it, which the server compares with what it got before anybody sees the file. */
export class SingleUpload implements WriteHandle {
  readonly stream: Writable;
  readonly #context: SwiftContext;
  readonly #name: string;
  readonly #options: SaveStreamOptions;
  readonly #part: HeldPart;

  /** @param part with room for the whole file */
  constructor(context: SwiftContext, name: string, options: SaveStreamOptions, part: HeldPart) {
    this.#context = context;
    this.#name = name;
    this.#options = options;
    this.#part = part;
    this.stream = new Writable({
      highWaterMark: part.capacity,
      write: (chunk: Uint8Array, _encoding, done) => {
        if (chunk.length > part.room) return done(new StorageError('unexpected', `More than the ${part.capacity} bytes announced were given.`));
        part.add(chunk).then(() => done(), done);
      },
    });
  }

  async commit(written: Written): Promise<Published> {
    try {
      return await this.#commit(written);
    } finally {
      this.#part.release();
    }
  }

  /** The server keeps nothing of a PUT that was cut. */
  abort(): Promise<void> {
    this.stream.destroy();
    this.#part.release();
    return Promise.resolve();
  }

  async #commit(written: Written): Promise<Published> {
    const { findings } = this.#context;
    const md5 = this.#part.md5();
    requireWritten(written, { size: this.#part.length, checksum: md5 });
    let answered: Checksum | null = null;
    await replace(this.#context, this.#name, {
      overwrite: this.#options.overwrite,
      optimistic: true,
      signal: this.#options.signal,
      put: async (condition) => {
        answered = await this.#put(md5, condition);
      },
    });
    if (answered === null || !findings.computesMd5) return {};
    const { modified } = this.#options;
    return {
      size: null,
      serverDigest: answered,
      ...(findings.refusesWrongMd5 && { transit: [md5] }),
      ...(modified !== undefined && findings.keepsModified && { modified: keptTime(modified) }),
    };
  }

  /** @returns the digest that the server answered with; null when the answer was lost, but the file is there */
  async #put(md5: Checksum, condition: Readonly<Record<string, string>>): Promise<Checksum | null> {
    const { client, findings, limits } = this.#context;
    const { length } = this.#part;
    const headers = { ...saveHeaders(this.#context, this.#options), ...condition, 'content-length': String(length), ...(findings.refusesWrongMd5 && { etag: checksumHex(md5) }) };
    try {
      const answer = await withLastWords(this.#options.signal, (signal) => ask(client, 'PUT', this.#uri, { body: this.#part.pieces, signal, storing: length, maxObject: limits.maxObject, headers }));
      await discard(answer);
      return md5Of(etagOf(answer));
    } catch (error) {
      if (await this.#isThere(error, md5)) return null;
      throw error;
    }
  }

  /** The answer may be lost though the file is stored: then a retry would find its own file in the way. */
  async #isThere(error: unknown, md5: Checksum): Promise<boolean> {
    const lost = error instanceof StorageError && (error.code === 'unavailable' || error.code === 'canceled') && error.context['status'] === undefined;
    if (!lost) return false;
    const facts = await askObjectIfThere(this.#context.client, this.#uri, { newest: true }).catch(() => null);
    return facts?.md5 === md5 && facts.size === this.#part.length;
  }

  get #uri(): string {
    return this.#context.place.uriOf(this.#name);
  }
}
