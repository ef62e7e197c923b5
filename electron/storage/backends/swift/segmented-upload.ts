import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Checksum, checksumHex, formatChecksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { PartProof, Resumption } from '../../../../shared/storage/evidence.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import { discard, type RequestOptions } from '../../http/http-client.ts';
import { SUSPENDED, type SaveStreamOptions } from '../../operation-options.ts';
import type { Published, WriteHandle } from '../../write-handle.ts';
import type { SwiftContext } from './context.ts';
import { HeldPart } from './held-part.ts';
import { type Segment, putManifest } from './manifest.ts';
import { type ObjectFacts, UPLOAD_HEADER, askObject, askObjectIfThere, etagOf, md5Of } from './object-facts.ts';
import { MOST_HELD, mostBytes, mostParts } from './part-plan.ts';
import { ask } from './refusal.ts';
import { removeObject, replace } from './replace.ts';
import { requireWritten, saveHeaders } from './save-request.ts';
import { storedSegments } from './stored-segments.ts';
import { StreamedPart } from './streamed-part.ts';
import type { UploadInProgress } from './upload-in-progress.ts';
import { uploadHeader } from './upload-note.ts';

/** Segments of one file on their way at the same time. */
const WIDTH = 3;
/** How long segments on their way may take to arrive when the save is suspended, in ms. */
const SUSPENDED_GRACE = 5000;
/** The same when nothing is to be left: a segment that is cut at its very end may come to be stored after it was removed. */
const ABORTED_GRACE = 1000;
/** When to look again for segments that were cut, in ms after the look before. */
const LOOKS = [100, 500];

type Written = Parameters<WriteHandle['commit']>[0];

/**
 * A large file: segments, each with its MD5 before it, then the manifest that makes one file of them. Segments that an earlier try left
 * are not sent again when size and MD5 are those of the source.
 */
export class SegmentedUpload implements WriteHandle {
  readonly stream: Writable;
  readonly stored: StoredBytes;
  readonly #context: SwiftContext;
  readonly #name: string;
  readonly #options: SaveStreamOptions;
  readonly #upload: UploadInProgress;
  readonly #cut = new AbortController();
  readonly #whole = createHash('sha256');
  readonly #sending = new Set<Promise<void>>();
  readonly #segments = new Map<number, Segment>();
  #current: HeldPart | StreamedPart | null = null;
  #last = 0;
  #length = 0;
  #skipped = 0;
  #wentOnAt: string | null = null;
  #error: Error | null = null;
  #committing = false;

  constructor(context: SwiftContext, name: string, options: SaveStreamOptions, upload: UploadInProgress) {
    this.#context = context;
    this.#name = name;
    this.#options = options;
    this.#upload = upload;
    this.stream = new Writable({
      highWaterMark: 1024 * 1024,
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#take(chunk).then(() => done(), done);
      },
      final: (done) => {
        this.#finish().then(() => done(), done);
      },
    });
    // A segment may fail while nobody writes.
    this.stream.on('error', () => undefined);
    this.stored = storedSegments(context, upload, { segments: () => this.#all, proofs: () => this.#proofs });
  }

  resumed(): Resumption | null {
    return this.#wentOnAt === null ? null : { offset: this.#skipped, proof: 'part digests', algorithm: 'md5', at: this.#wentOnAt };
  }

  async commit(written: Written): Promise<Published> {
    this.#committing = true;
    requireWritten(written, { size: this.#length, checksum: formatChecksum('sha256', this.#whole.digest('hex')) });
    const { client, active } = this.#context;
    const { store, id, there } = this.#upload;
    const segments = this.#all;
    const headers = { ...saveHeaders(this.#context, this.#options), [UPLOAD_HEADER]: uploadHeader({ id, place: store.place }) };
    await replace(this.#context, this.#name, {
      overwrite: this.#options.overwrite,
      keeps: new Set(segments.map(({ path }) => path)),
      signal: this.#options.signal,
      put: async (condition) => {
        try {
          await putManifest(client, this.#uri, segments, { ...headers, ...condition });
        } catch (error) {
          if (!(await this.#isThere(error))) throw error;
        }
      },
    });
    const facts = await this.#requireWhole(written.size);
    // The file is stored: what cannot be tidied now, `unfinished` finds by its note.
    const surplus = [...there.keys()].filter((number) => !this.#segments.has(number));
    const tidied = await Promise.all(surplus.map((number) => store.remove(id, number))).then(() => true, () => false);
    if (tidied) await store.end(id).catch(() => undefined);
    active.delete(id);
    return { parts: this.#proofs, ...(facts !== null && { size: written.size, modified: facts.modified }) };
  }

  async keep(): Promise<void> {
    await this.#stop(this.#options.signal?.reason === SUSPENDED ? SUSPENDED_GRACE : this.#context.client.silence);
    this.#context.active.delete(this.#upload.id);
  }

  async abort(): Promise<void> {
    const wereCut = await this.#stop(ABORTED_GRACE);
    const { store, id } = this.#upload;
    const numbers = Array.from({ length: this.#last }, (_, index) => index + 1);
    try {
      // After a manifest was sent the segments may be in use, whatever the answer was.
      if (this.#committing) return await store.discard(id);
      await store.removeSegments(id, numbers);
      for (const wait of wereCut ? LOOKS : []) {
        await sleep(wait);
        await store.removeSegments(id, numbers);
      }
      await store.end(id);
    } finally {
      this.#context.active.delete(id);
    }
  }

  async #take(chunk: Uint8Array): Promise<void> {
    this.#whole.update(chunk);
    for (let rest = chunk; rest.length > 0; ) {
      this.#throwIfFailed();
      const part = (this.#current ??= await this.#next());
      const piece = rest.subarray(0, part.room);
      await part.add(piece);
      this.#length += piece.length;
      rest = rest.subarray(piece.length);
      if (part.room === 0) await this.#close(part);
    }
  }

  async #finish(): Promise<void> {
    if (this.#current !== null) await this.#close(this.#current);
    await this.#settled();
    this.#throwIfFailed();
  }

  async #next(): Promise<HeldPart | StreamedPart> {
    const { limits, budget, session, client } = this.#context;
    const { partSize, size, there } = this.#upload;
    const number = ++this.#last;
    if (number > mostParts(limits)) {
      throw new StorageError('size_limit_exceeded', `A file whose size is not known before may have at most ${(mostParts(limits) * partSize).toLocaleString('en-US')} bytes here; with its size known, ${mostBytes(limits).toLocaleString('en-US')}.`, { context: { limit: mostParts(limits) * partSize } });
    }
    const capacity = size === null ? partSize : Math.min(partSize, size - this.#length);
    if (partSize <= MOST_HELD) return new HeldPart(number, capacity, await budget.take(capacity, this.#cut.signal));
    await session.freshen();
    const left = there.get(number);
    return new StreamedPart({
      number,
      capacity,
      there: left?.size === capacity ? left : null,
      silence: client.silence,
      send: (body, cut) => this.#put(number, capacity, { body, signal: AbortSignal.any([cut, this.#cut.signal]) }),
    });
  }

  async #close(part: HeldPart | StreamedPart): Promise<void> {
    this.#current = null;
    if (part instanceof StreamedPart) {
      const { md5, answered, wasThere } = await part.end();
      return this.#arrived(part, md5, answered, wasThere);
    }
    const md5 = part.md5();
    const left = this.#upload.there.get(part.number);
    if (left?.size === part.length && left.md5 === md5) {
      part.release();
      return this.#arrived(part, md5, md5, true);
    }
    const sending = this.#send(part, md5).catch((error: unknown) => this.#fail(error as Error));
    this.#sending.add(sending);
    void sending.finally(() => {
      part.release();
      this.#sending.delete(sending);
    });
    while (this.#sending.size >= WIDTH) await Promise.race(this.#sending);
  }

  async #send(part: HeldPart, md5: Checksum): Promise<void> {
    const etag = this.#context.findings.refusesWrongMd5 ? { etag: checksumHex(md5) } : {};
    this.#arrived(part, md5, await this.#put(part.number, part.length, { body: part.pieces, signal: this.#cut.signal, headers: etag }), false);
  }

  /** @returns the MD5 that the server answers with */
  async #put(number: number, length: number, { headers, ...options }: RequestOptions): Promise<Checksum | null> {
    const { client, limits } = this.#context;
    const { store, id } = this.#upload;
    const answer = await ask(client, 'PUT', store.uriOf(id, number), { ...options, storing: length, maxObject: limits.maxObject, workload: length, headers: { 'content-type': 'application/octet-stream', 'content-length': String(length), ...headers } });
    await discard(answer);
    return md5Of(etagOf(answer));
  }

  #arrived({ number, length }: HeldPart | StreamedPart, md5: Checksum, answered: Checksum | null, wasThere: boolean): void {
    const { store, id } = this.#upload;
    if (this.#context.findings.computesMd5 && answered !== md5) {
      throw new StorageError('checksum_mismatch', `Segment ${number} is stored as ${answered ?? 'something without MD5'}, but the source is ${md5} there.`, { context: { expected: md5, found: answered } });
    }
    if (wasThere) {
      this.#wentOnAt ??= new Date().toISOString();
      this.#skipped += length;
    }
    this.#segments.set(number, { path: store.pathOf(id, number), size: length, md5 });
  }

  /** The file as the server shows it now; null when nothing can be asked, but the server took the list of segments. Takes away what is not whole. */
  async #requireWhole(size: number): Promise<ObjectFacts | null> {
    const facts = await askObject(this.#context.client, this.#uri, { newest: true }).catch((error: unknown) => {
      if (error instanceof StorageError && error.code === 'unavailable') return null;
      throw error;
    });
    if (facts === null || facts.size === size) return facts;
    await removeObject(this.#context, this.#uri).catch(() => undefined);
    throw new StorageError('size_mismatch', `The file that the server made of ${this.#segments.size} segments has ${facts.size ?? 'an unknown number of'} bytes, but ${size} were sent.`, { context: { expected: size, found: facts.size } });
  }

  /** The answer may be lost though the file is there. */
  async #isThere(error: unknown): Promise<boolean> {
    if (!(error instanceof StorageError) || error.code !== 'unavailable' || error.context['status'] !== undefined) return false;
    const { store, id } = this.#upload;
    const facts = await askObjectIfThere(this.#context.client, this.#uri, { newest: true }).catch(() => null);
    return facts?.kind === 'segments' && facts.upload === uploadHeader({ id, place: store.place });
  }

  get #all(): readonly Segment[] {
    return [...this.#segments].sort(([a], [b]) => a - b).map(([, segment]) => segment);
  }

  get #proofs(): readonly PartProof[] {
    const { refusesWrongMd5, computesMd5 } = this.#context.findings;
    const parts = this.#segments.size;
    // Segments of an earlier try were not checked on arrival by this one, and streamed ones go without their digest before them.
    const checked = refusesWrongMd5 && this.#skipped === 0 && this.#upload.partSize <= MOST_HELD;
    return [...(checked ? [{ level: 1, algorithm: 'md5', parts } as const] : []), ...(computesMd5 ? [{ level: 2, algorithm: 'md5', parts } as const] : [])];
  }

  get #uri(): string {
    return this.#context.place.uriOf(this.#name);
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.stream.destroy(error);
  }

  #throwIfFailed(): void {
    if (this.#error !== null) throw this.#error;
  }

  /** Nothing more is begun; a part that is not whole is of no use, those that are may still arrive. @returns whether some were cut */
  async #stop(grace: number): Promise<boolean> {
    this.#error ??= new StorageError('canceled', 'Canceled.');
    this.stream.destroy();
    const part = this.#current;
    this.#current = null;
    if (part instanceof StreamedPart) part.cut();
    else part?.release();
    const late = new AbortController();
    const arrived = await Promise.race([this.#settled().then(() => true), sleep(grace, false, { signal: late.signal }).catch(() => false)]);
    late.abort();
    this.#cut.abort();
    await this.#settled();
    return !arrived || part instanceof StreamedPart;
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#sending);
  }
}
