import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Resumption } from '../../../../shared/storage/evidence.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { createHasher } from '../../../integrity/hash.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import { type Published, type WriteHandle, startOver } from '../../write-handle.ts';
import type { TusContext } from './context.ts';
import { KnownBeginning } from './known-beginning.ts';
import { Part } from './part.ts';
import { type ResumeToken, formatToken, parseToken } from './resume-token.ts';
import { SentDigest } from './sent-digest.ts';
import type { BodyChecksum } from './tus-client.ts';

/** Waits before further tries of one part, in milliseconds: a file of many GiB should not fail for one connection. */
const PAUSES = [300, 1500];
const NOTHING = createHash('sha256').digest('hex');

/**
 * One upload. Parts go one after the other, while the next one is filled; the last one is held back until `commit`, because the server
 * takes the upload for finished with its last byte.
 */
export class TusUpload implements WriteHandle {
  readonly stream: Writable;
  readonly keep?: () => Promise<void>;
  readonly #context: TusContext;
  readonly #path: LocationPath;
  readonly #options: SaveStreamOptions;
  readonly #digest = new SentDigest();
  readonly #stop = new AbortController();
  readonly #beginning: KnownBeginning | null;
  readonly #resumption: Resumption | null;
  readonly #onFinished: (url: string) => void;
  #url: string | null;
  /** parts that the server compared; null once there was one that it did not */
  #checked: number | null;
  #current: Part | null = null;
  #sending: Promise<void> = Promise.resolve();

  private constructor(context: TusContext, path: LocationPath, options: SaveStreamOptions, onFinished: (url: string) => void, found: Found | null) {
    this.#context = context;
    this.#path = path;
    this.#options = options;
    this.#onFinished = onFinished;
    this.#url = found?.token.url ?? null;
    this.#checked = context.findings.checksum === null ? null : found === null ? 0 : found.checked;
    this.#beginning = found === null ? null : new KnownBeginning(found.token, found.offset, this.#digest);
    this.#resumption = found === null || found.offset === 0 ? null : { offset: found.offset, at: new Date().toISOString(), ...(this.#checked === null || context.findings.checksum === null ? ({ proof: 'acknowledged', algorithm: 'sha256' } as const) : ({ proof: 'part digests', algorithm: context.findings.checksum.algorithm } as const)) };
    this.stream = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#take(chunk).then(() => done(), done);
      },
      final: (done) => {
        this.#finish().then(() => done(), done);
      },
    });
    if (options.resume !== undefined) this.keep = () => this.#end();
  }

  /** @param onFinished told where the file is once the server has all of it */
  static async create(context: TusContext, path: LocationPath, options: SaveStreamOptions, onFinished: (url: string) => void): Promise<TusUpload> {
    const token = parseToken(options.resume?.token ?? null, context.client.endpoint);
    const found = token === null ? null : await findUpload(context, token, options);
    if (token !== null && found === null) await terminate(context, token.url);
    return new TusUpload(context, path, options, onFinished, found);
  }

  async commit(written: { readonly size: number }): Promise<Published> {
    await this.#sending;
    const last = this.#current;
    if (last === null && this.#url === null) await this.#create(0);
    else if (last !== null) await this.#sendLast(last, written.size);
    else if (this.#options.size === undefined) await this.#tellLength(written.size);
    last?.release();
    this.#current = null;
    const url = this.#url ?? '';
    const { checksum } = this.#context.findings;
    this.#onFinished(url);
    return { uri: url, ...(checksum !== null && this.#checked !== null && this.#checked > 0 && { parts: [{ level: 1, algorithm: checksum.algorithm, parts: this.#checked }] }) };
  }

  resumed(): Resumption | null {
    return this.#beginning?.passed === true ? this.#resumption : null;
  }

  async abort(): Promise<void> {
    await this.#end();
    if (this.#url !== null) await terminate(this.#context, this.#url);
  }

  async #end(): Promise<void> {
    this.#stop.abort(new StorageError('canceled', 'Canceled.'));
    this.stream.destroy();
    await this.#sending.catch(() => undefined);
    this.#current?.release();
    this.#current = null;
  }

  async #take(chunk: Uint8Array): Promise<void> {
    for (let rest = this.#beginning?.passed === false ? this.#beginning.take(chunk) : chunk; rest.length > 0; ) {
      // A full one is sent only when more comes: the last one waits for the commit.
      if (this.#current?.full === true) await this.#dispatch(this.#current);
      this.#current ??= await this.#begin();
      rest = this.#current.add(rest);
    }
  }

  async #finish(): Promise<void> {
    if (this.#beginning?.passed === false) throw startOver(`The server has more of ${this.#url ?? ''} than the source has bytes: the upload begins anew.`);
    await this.#sending;
  }

  async #begin(): Promise<Part> {
    const { budget, part, findings } = this.#context;
    const { size } = this.#options;
    const capacity = size === undefined ? part : Math.max(1, Math.min(part, size - this.#digest.at));
    return Part.create(capacity, this.#digest, findings.checksum?.algorithm ?? null, await budget.take(capacity, this.#stop.signal));
  }

  async #dispatch(part: Part): Promise<void> {
    await this.#sending;
    if (this.#options.size === undefined && !this.#context.findings.defersLength) throw new StorageError('unsupported', `The server at ${this.#context.client.endpoint} takes a file of more than one part only when its size is known beforehand.`);
    this.#current = null;
    // Of a failure the next write, or the end, tells.
    this.#sending = this.#create(this.#options.size ?? null).then(() => this.#send(part)).finally(() => part.release());
    this.#sending.catch(() => undefined);
  }

  async #create(length: number | null): Promise<void> {
    if (this.#url !== null) return;
    const { url } = await this.#context.client.create(this.#path, length);
    this.#url = url;
  }

  /** A small file goes along with the creation where the server can and compares no digests, which it would do for PATCH alone. */
  async #sendLast(part: Part, size: number): Promise<void> {
    const { client, findings } = this.#context;
    if (this.#url !== null || !findings.createsWithBytes || findings.checksum !== null) {
      await this.#create(size);
      return this.#send(part, size);
    }
    const { url, offset } = await client.create(this.#path, size, { body: part.bytes });
    this.#url = url;
    if (offset !== size) await this.#send(part, size);
  }

  /** @param size told with it, where the length was not known when the upload was created */
  async #send(part: Part, size?: number): Promise<void> {
    const { client, findings } = this.#context;
    const url = this.#url ?? '';
    const { signal } = this.#stop;
    this.#keepToken(url, part);
    const length = size !== undefined && this.#options.size === undefined && this.#digest.at === size && (await this.#isDeferred(url)) ? size : undefined;
    const whole = part.checksum();
    let offset = part.start;
    for (const pause of [...PAUSES, null]) {
      try {
        while (offset < part.end || length !== undefined) {
          const bytes = part.bytes.subarray(offset - part.start);
          const checksum: BodyChecksum | undefined = findings.checksum === null ? undefined : { name: findings.checksum.name, checksum: offset === part.start && whole !== null ? whole : await this.#checksumOf(bytes) };
          const told = (await client.append(url, offset, bytes, { length, checksum, signal })) ?? (await client.state(url, signal)).offset;
          if (told <= offset && bytes.length > 0) throw lying(url, told, offset + bytes.length);
          offset = this.#placeIn(part, url, told);
          if (length !== undefined) break;
        }
        if (this.#checked !== null) this.#checked = findings.checksum === null ? null : this.#checked + 1;
        return;
      } catch (error) {
        if (pause === null || signal.aborted || !mayPass(error)) throw this.#explained(error);
        await sleep(pause, undefined, { signal });
        offset = this.#placeIn(part, url, (await client.state(url, signal).catch((failure: unknown) => Promise.reject(this.#explained(failure)))).offset);
        if (offset === part.end && length === undefined) return;
      }
    }
  }

  /** All bytes are there already, but not how many there are to be. */
  async #tellLength(size: number): Promise<void> {
    const url = this.#url ?? '';
    if (await this.#isDeferred(url)) await this.#context.client.append(url, size, new Uint8Array(0), { length: size });
  }

  async #isDeferred(url: string): Promise<boolean> {
    return (await this.#context.client.state(url)).length === null;
  }

  /** Where the server is must lie in the part that is being sent. */
  #placeIn(part: Part, url: string, offset: number): number {
    if (offset < part.start || offset > part.end) throw lying(url, offset, part.end);
    return offset;
  }

  #keepToken(url: string, part: Part): void {
    this.#options.resume?.keep(formatToken({ url, at: part.start, sha256: part.start === 0 ? NOTHING : part.before, checked: this.#checked, marks: part.marks }));
  }

  async #checksumOf(bytes: Uint8Array): Promise<BodyChecksum['checksum']> {
    const hasher = await createHasher(this.#context.findings.checksum?.algorithm ?? 'sha1');
    hasher.update(bytes);
    return hasher.digest();
  }

  #explained(error: unknown): unknown {
    if (!(error instanceof StorageError) || error.code !== 'not_found') return error;
    return new StorageError('unavailable', `The server has given the upload ${this.#url ?? ''} up; unfinished ones expire. The next try begins anew.`, { context: { ...error.context, startOver: true } });
  }
}

interface Found {
  readonly token: ResumeToken;
  readonly offset: number;
  readonly checked: number | null;
}

/** @returns null when it is gone, is of another size, or stands where nothing is known of what was sent */
async function findUpload({ client, findings }: TusContext, token: ResumeToken, { size, signal }: SaveStreamOptions): Promise<Found | null> {
  try {
    const { offset, length } = await client.state(token.url, signal);
    const end = token.marks.at(-1)?.at ?? token.at;
    if (offset < token.at || offset > end || (length !== null && length !== size)) return null;
    const compared = findings.checksum !== null && token.checked !== null && (offset === token.at || offset === end);
    return { token, offset, checked: compared ? (token.checked ?? 0) + (offset === end && end > token.at ? 1 : 0) : null };
  } catch (error) {
    if (error instanceof StorageError && (error.code === 'not_found' || error.code === 'permission_denied')) return null;
    throw error;
  }
}

/** An upload that cannot be removed expires; that must not hide why it was given up. */
export async function terminate({ client, findings }: TusContext, url: string): Promise<void> {
  if (findings.terminates) await client.terminate(url).catch(() => undefined);
}

function mayPass(error: unknown): boolean {
  return error instanceof StorageError && error.context['startOver'] !== true && (error.code === 'unavailable' || error.code === 'rate_limited' || error.code === 'checksum_mismatch');
}

function lying(url: string, offset: number, sent: number): StorageError {
  return new StorageError('unavailable', `The server says that it has ${offset} bytes of ${url}, but ${sent} were sent: the upload begins anew.`, { context: { uri: url, expected: sent, found: offset, startOver: true } });
}
