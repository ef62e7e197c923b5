import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Checksum } from '../../../../shared/storage/checksum.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import type { SaveStreamOptions } from '../../operation-options.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { checksumOf } from './bytes-digest.ts';
import { AT_ONCE, AT_ONCE_WITH_DIGEST } from './chunks.ts';
import { type WebdavContext, isLost } from './context.ts';
import { explainRefusedPut, refusedDigest } from './refused-put.ts';
import { StreamedPut } from './streamed-put.ts';
import { TempFile } from './temp-file.ts';
import { sentDigestHeader, timeHeaders, writeTime } from './write-headers.ts';

const MIB = 1024 * 1024;
/** Milliseconds until a server that was busy shows what it began. */
const BEGINS_LATE = 150;

/** One PUT under a temporary name. Nothing of it can be kept: a cut upload is sent again from its beginning. */
export class WholeUpload implements WriteHandle {
  readonly stream: Writable;
  readonly #context: WebdavContext;
  readonly #target: string;
  readonly #options: SaveStreamOptions;
  readonly #temp: TempFile;
  readonly #atOnce: number;
  #held: Uint8Array[] = [];
  #length = 0;
  #put: StreamedPut | null = null;
  #transit: Checksum | null = null;
  /** the connection was cut while bytes were on their way */
  #wasCut = false;

  constructor(context: WebdavContext, target: string, options: SaveStreamOptions) {
    this.#context = context;
    this.#target = target;
    this.#options = options;
    this.#temp = TempFile.fresh(context, target, false);
    this.#atOnce = context.write?.sentDigest === null ? AT_ONCE : AT_ONCE_WITH_DIGEST;
    this.stream = new Writable({
      highWaterMark: MIB,
      write: (chunk: Uint8Array, _encoding, done) => void this.#take(chunk).then(() => done(), done),
      final: (done) => void this.#finish().then(() => done(), done),
    });
  }

  get stored(): StoredBytes {
    return this.#temp.storedBytes(this.#length, this.#transit);
  }

  async commit(): Promise<undefined> {
    await this.#temp.publish(this.#target, this.#options.overwrite, this.#length);
    return undefined;
  }

  async abort(): Promise<void> {
    const underWay = this.#put !== null && !this.stream.writableFinished;
    // Most servers show nothing before the end of an upload; then nothing comes to be by cutting it.
    const looks = underWay && !this.#wasCut;
    let shown = looks && (await this.#isThere());
    this.stream.destroy();
    await this.#put?.cut();
    if (looks && !shown) {
      // A busy server may have begun with it only after the first look.
      await sleep(BEGINS_LATE);
      shown = await this.#isThere();
    }
    await this.#temp.discard(this.#wasCut || shown);
  }

  #isThere(): Promise<boolean> {
    return this.#temp.lookIfThere().then((entry) => entry !== null, () => false);
  }

  async #take(chunk: Uint8Array): Promise<void> {
    this.#length += chunk.length;
    this.#held.push(chunk);
    if ((this.#options.size ?? this.#length) <= this.#atOnce && this.#length <= this.#atOnce) return;
    await this.#explained(async () => {
      this.#put ??= await StreamedPut.begin(this.#context.dav, this.#temp.uri, { size: this.#options.size, signal: this.#options.signal, headers: this.#timeHeaders() });
      for (const piece of this.#held.splice(0)) await this.#put.write(piece);
    });
  }

  async #finish(): Promise<void> {
    await this.#explained(() => this.#sendRest());
    const { modified, signal } = this.#options;
    const setsTime = this.#context.write?.setsTime;
    if (modified !== undefined && setsTime && setsTime !== 'header') await writeTime(this.#context.dav, this.#temp.uri, setsTime, modified, { signal });
  }

  /** A lost answer is looked up; the proof that follows tells whether the bytes are the right ones. */
  async #sendRest(): Promise<void> {
    try {
      if (this.#put === null) await this.#sendAtOnce();
      else await this.#put.finish();
    } catch (error) {
      if (!isLost(error) || (await this.#temp.lookIfThere(this.#options.signal).catch(() => null))?.size !== this.#length) throw error;
    }
  }

  async #sendAtOnce(): Promise<void> {
    const sent = this.#context.write?.sentDigest ?? null;
    const body = this.#held.splice(0);
    const checksum = sent === null ? null : checksumOf(sent.algorithm, body);
    const headers = { 'content-length': String(this.#length), ...this.#timeHeaders(), ...(sent !== null && checksum !== null && sentDigestHeader(sent, checksum)) };
    try {
      await this.#context.dav.put(this.#temp.uri, { body: body.length === 0 ? new Uint8Array(0) : body, headers, signal: this.#options.signal, workload: this.#length });
    } catch (error) {
      throw sent?.compared === true && checksum !== null ? refusedDigest(error, checksum) : error;
    }
    if (sent?.compared === true) this.#transit = checksum;
  }

  async #explained(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#wasCut ||= isLost(error);
      throw await explainRefusedPut(this.#context, this.#temp.uri, this.#options.size, error).catch(() => error);
    }
  }

  #timeHeaders(): Readonly<Record<string, string>> {
    return this.#context.write?.setsTime === 'header' ? timeHeaders(this.#options.modified) : {};
  }
}
