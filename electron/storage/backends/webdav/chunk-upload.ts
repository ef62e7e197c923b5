import { type Hash, createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { type Checksum, formatChecksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Resumption } from '../../../../shared/storage/evidence.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import { type WriteHandle, startOver } from '../../write-handle.ts';
import { ChunkFolder } from './chunk-folder.ts';
import { type ChunkToken, formatChunkToken } from './chunk-token.ts';
import { chunkName } from './chunks.ts';
import { type SizedOptions, type WebdavContext, isLost } from './context.ts';
import type { Chunks } from './findings.ts';
import { Parts } from './parts.ts';
import { explainRefusedPut, refusedDigest } from './refused-put.ts';
import { StreamedPut } from './streamed-put.ts';
import type { TempFile } from './temp-file.ts';
import { sentDigestHeader, timeHeaders } from './write-headers.ts';

/** When to look whether a join whose answer was lost came to be after all, in ms after the look before. */
const LOOKS = [0, 500, 2000, 5000];

/**
 * The chunks of ownCloud and Nextcloud: each is a file of a folder of the account's uploads, and all are joined under the temporary
 * name. They cannot be read again, so what was sent is known by the journal alone: the token holds the digest of all bytes up to the last
 * chunk that the server took, and the source must begin with the same.
 */
export class ChunkUpload implements WriteHandle {
  readonly stream: Writable;
  readonly #context: WebdavContext;
  readonly #target: string;
  readonly #options: SizedOptions;
  readonly #folder: ChunkFolder;
  readonly #temp: TempFile;
  readonly #token: ChunkToken;
  readonly #parts: Parts;
  readonly #hash = createHash('sha256');
  readonly #sentHash: Hash | null;
  #at = 0;
  #transit: Checksum | null = null;
  #resumption: Resumption | null = null;

  private constructor(context: WebdavContext, target: string, options: SizedOptions, folder: ChunkFolder, token: ChunkToken) {
    const { size, signal } = options;
    const { dav } = context;
    this.#context = context;
    this.#target = target;
    this.#options = options;
    this.#folder = folder;
    this.#temp = folder.temp;
    this.#token = token;
    this.#sentHash = context.write?.sentDigest ? createHash(context.write.sentDigest.algorithm) : null;
    const uri = (start: number) => folder.uri + chunkName(start / token.chunk + 1);
    this.#parts = new Parts({
      size, isLost, offset: token.bytes, partSize: token.chunk,
      begin: (start, length) => StreamedPut.begin(dav, uri(start), { size: length, signal, headers: folder.headers }),
      confirm: async (start, end) => (await dav.lookIfThere(uri(start), { signal }))?.size === end - start,
    });
    this.stream = new Writable({
      highWaterMark: 1024 * 1024,
      write: (chunk: Uint8Array, _encoding, done) => void this.#take(chunk).then(() => done(), done),
      final: (done) => void this.#finish().then(() => done(), done),
    });
  }

  static async begin(context: WebdavContext, chunks: Chunks, target: string, options: SizedOptions): Promise<ChunkUpload | null> {
    const folder = await ChunkFolder.begin(context, chunks, target, options);
    return folder === null ? null : new ChunkUpload(context, target, options, folder.folder, folder.token);
  }

  get stored(): StoredBytes {
    return this.#temp.storedBytes(this.#options.size, this.#transit);
  }

  resumed(): Resumption | null {
    return this.#resumption;
  }

  async keep(): Promise<void> {
    this.stream.destroy();
    await this.#parts.cut();
  }

  async commit(): Promise<undefined> {
    await this.#temp.publish(this.#target, this.#options.overwrite, this.#options.size);
    return undefined;
  }

  async abort(): Promise<void> {
    await this.keep();
    await this.#folder.remove();
    await this.#temp.discard(false);
  }

  async #take(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      const isKnown = this.#at < this.#token.bytes;
      const piece = rest.subarray(0, isKnown ? this.#token.bytes - this.#at : this.#parts.room);
      this.#hash.update(piece);
      this.#sentHash?.update(piece);
      this.#at += piece.length;
      rest = rest.subarray(piece.length);
      if (!isKnown) await this.#send(piece);
      else if (this.#at === this.#token.bytes) this.#compare();
    }
  }

  async #send(piece: Uint8Array): Promise<void> {
    try {
      const end = await this.#parts.take(piece);
      if (end !== null) this.#options.resume?.keep(formatChunkToken({ ...this.#token, bytes: end, sha256: this.#soFar() }));
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found') throw startOver(`The server dropped the chunks that it had of ${this.#target}: it begins anew.`);
      throw await explainRefusedPut(this.#context, this.#temp.uri, this.#options.size, error).catch(() => error);
    }
  }

  #compare(): void {
    const found = this.#soFar();
    if (found !== this.#token.sha256) throw startOver(`The ${this.#token.bytes} bytes that an earlier try sent were sha256:${this.#token.sha256}, but the source begins with sha256:${found}: it begins anew.`);
    this.#resumption = { offset: this.#at, proof: 'part digests', algorithm: 'sha256', at: new Date().toISOString() };
  }

  #soFar(): string {
    return this.#hash.copy().digest('hex');
  }

  async #finish(): Promise<void> {
    if (this.#at < this.#token.bytes) throw startOver(`An earlier try sent ${this.#token.bytes} bytes, but the source has only ${this.#at}: it begins anew.`);
    const sent = this.#context.write?.sentDigest ?? null;
    const checksum = sent === null || this.#sentHash === null ? null : formatChecksum(sent.algorithm, this.#sentHash.digest('hex'));
    if (this.#folder.isJoined) return;
    const headers = { ...this.#folder.headers, ...timeHeaders(this.#options.modified), ...(sent !== null && checksum !== null && sentDigestHeader(sent, checksum)) };
    const { dav } = this.#context;
    try {
      await dav.move(`${this.#folder.uri}.file`, this.#folder.joined, { overwrite: true, headers, workload: this.#options.size, signal: this.#options.signal });
      if (this.#context.write?.chunks?.compared === true) this.#transit = checksum;
    } catch (error) {
      if (mayHaveJoined(error) && (await this.#isJoined())) return;
      throw this.#context.write?.chunks?.compared === true && checksum !== null ? refusedDigest(error, checksum) : error;
    }
  }

  /** Joining gigabytes may take longer than a proxy between waits. */
  async #isJoined(): Promise<boolean> {
    for (const wait of LOOKS) {
      await sleep(wait);
      if ((await this.#temp.lookIfThere(this.#options.signal).catch(() => null))?.size === this.#options.size) return true;
    }
    return false;
  }
}

function mayHaveJoined(error: unknown): boolean {
  return isLost(error) || (error instanceof StorageError && (error.context['status'] === 502 || error.context['status'] === 504));
}
