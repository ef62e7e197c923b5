import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { type Checksum, formatChecksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { discard } from '../../http/http-client.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { Published, WriteHandle } from '../../write-handle.ts';
import type { SwiftContext } from './context.ts';
import { askObjectIfThere, etagOf, keptTime, md5Of } from './object-facts.ts';
import { ask } from './refusal.ts';
import { alreadyExists } from './replace.ts';
import { requireWritten, saveHeaders } from './save-request.ts';
import { StreamedPart } from './streamed-part.ts';

/**
 * A large file where the server knows no segments: one PUT of a stream, which cannot go on after a cut. The last piece is held back until
 * `commit`, so that there is nothing to see before it; its MD5 is known afterwards only.
 */
export class StreamedUpload implements WriteHandle {
  readonly stream: Writable;
  readonly #context: SwiftContext;
  readonly #uri: string;
  readonly #options: SaveStreamOptions;
  readonly #whole = createHash('sha256');
  #part: StreamedPart | null = null;
  #held: Uint8Array | null = null;

  constructor(context: SwiftContext, name: string, options: SaveStreamOptions) {
    this.#context = context;
    this.#uri = context.place.uriOf(name);
    this.#options = options;
    this.stream = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#take(chunk).then(() => done(), done);
      },
    });
    this.stream.on('error', () => undefined);
  }

  async commit(written: Parameters<WriteHandle['commit']>[0]): Promise<Published> {
    const part = this.#part ?? (await this.#begin());
    requireWritten(written, { size: part.length + (this.#held?.length ?? 0), checksum: formatChecksum('sha256', this.#whole.digest('hex')) });
    if (this.#held !== null) await part.add(this.#held);
    const answered = await this.#end(part);
    const { findings } = this.#context;
    const { modified } = this.#options;
    return {
      ...(findings.computesMd5 && answered !== null && { size: null, serverDigest: answered }),
      ...(modified !== undefined && findings.keepsModified && { modified: keptTime(modified) }),
    };
  }

  abort(): Promise<void> {
    this.stream.destroy();
    this.#part?.cut();
    return Promise.resolve();
  }

  async #take(chunk: Uint8Array): Promise<void> {
    this.#whole.update(chunk);
    const previous = this.#held;
    this.#held = chunk;
    if (previous === null) return;
    this.#part ??= await this.#begin();
    await this.#part.add(previous);
  }

  async #begin(): Promise<StreamedPart> {
    const { client, session, findings, limits } = this.#context;
    const { overwrite, size, signal } = this.#options;
    if (!overwrite && (await askObjectIfThere(client, this.#uri, { signal, newest: true })) !== null) throw alreadyExists(this.#uri);
    await session.freshen();
    const headers = { ...saveHeaders(this.#context, this.#options), ...(size !== undefined && { 'content-length': String(size) }), ...(!overwrite && findings.ifNoneMatch && { 'if-none-match': '*' }) };
    this.#part = new StreamedPart({
      number: 1,
      capacity: size ?? limits.maxObject,
      there: null,
      silence: client.silence,
      send: async (body, cut) => {
        const answer = await ask(client, 'PUT', this.#uri, { body, signal: cut, headers, workload: size, storing: size, maxObject: limits.maxObject });
        await discard(answer);
        return md5Of(etagOf(answer));
      },
    });
    return this.#part;
  }

  /** The answer may be lost though the file is stored; then it is known by its digest. @returns what the server says of it */
  async #end(part: StreamedPart): Promise<Checksum | null> {
    try {
      return (await part.end()).answered;
    } catch (error) {
      const lost = error instanceof StorageError && error.code === 'unavailable' && error.context['status'] === undefined;
      const facts = lost ? await askObjectIfThere(this.#context.client, this.#uri, { newest: true }).catch(() => null) : null;
      if (facts !== null && facts.md5 !== null && facts.md5 === part.md5) return facts.md5;
      throw error;
    }
  }
}
