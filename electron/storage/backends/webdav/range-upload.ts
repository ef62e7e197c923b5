import { setTimeout as sleep } from 'node:timers/promises';
import { Writable } from 'node:stream';
import { type Checksum, DEFAULT_HASH, checksumAlgorithm } from '../../../../shared/storage/checksum.ts';
import type { ReadBackPolicy, Resumption } from '../../../../shared/storage/evidence.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import { openFile } from '../../http/open-file.ts';
import type { ResumeOptions } from '../../operation-options.ts';
import { isKeptName } from '../../partial-name.ts';
import { PrefixGate } from '../../prefix-gate.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { toldDigests } from './bytes-digest.ts';
import { type SizedOptions, type WebdavContext, isLost } from './context.ts';
import { Parts } from './parts.ts';
import { explainRefusedPut } from './refused-put.ts';
import { StreamedPut } from './streamed-put.ts';
import { TempFile } from './temp-file.ts';
import { rangeHeaders, timeHeaders, writeTime } from './write-headers.ts';

const MIB = 1024 * 1024;
/** When to ask for a digest again that was of a file still growing, in ms after the question before. */
const SETTLING = [0, 200, 1000];

/** What a save needs to be one that can go on. */
export interface ResumableOptions extends SizedOptions {
  readonly resume: ResumeOptions;
}

/**
 * Parts with `Content-Range` into a file under a temporary name, on servers that were seen to write them in place. After a cut what is
 * there is read back, or asked for by digest, and the rest is sent. The token is the temporary name.
 */
export class RangeUpload implements WriteHandle {
  readonly stream: PrefixGate;
  readonly #context: WebdavContext;
  readonly #target: string;
  readonly #options: ResumableOptions;
  readonly #temp: TempFile;
  readonly #parts: Parts;

  private constructor(context: WebdavContext, target: string, options: ResumableOptions, { temp, offset, digest }: Kept) {
    const { size, signal, modified } = options;
    const { dav } = context;
    const time = context.write?.setsTime === 'header' ? timeHeaders(modified) : {};
    this.#context = context;
    this.#target = target;
    this.#options = options;
    this.#temp = temp;
    this.#parts = new Parts({
      size, offset, isLost, partSize: rangePartSize(size),
      begin: (start, length) => StreamedPut.begin(dav, temp.uri, { size: length, signal, headers: { ...rangeHeaders(start, length, size), ...time } }),
      confirm: async (_start, end) => (await temp.lookIfThere(signal))?.size === end,
    });
    this.stream = new PrefixGate({
      offset,
      algorithm: digest === null ? DEFAULT_HASH : checksumAlgorithm(digest),
      proof: digest === null ? 'read back' : 'server digest',
      digest: () => (digest === null ? this.#readBack(offset) : Promise.resolve(digest)),
      sink: new Writable({
        highWaterMark: MIB,
        write: (chunk: Uint8Array, _encoding, done) => void this.#parts.take(chunk).then(() => done(), (error: unknown) => this.#fail(error, done)),
        final: (done) => void this.#setTime().then(() => done(), done),
      }),
    });
  }

  static async begin(context: WebdavContext, target: string, options: ResumableOptions): Promise<RangeUpload> {
    const { resume, signal, size } = options;
    const kept = await whatWasKept(context, target, options);
    if (kept !== null) return new RangeUpload(context, target, options, kept);
    const temp = TempFile.fresh(context, target, true);
    resume.keep(temp.name);
    try {
      await context.dav.put(temp.uri, { body: new Uint8Array(0), signal });
    } catch (error) {
      await temp.discard(false).catch(() => undefined);
      throw await explainRefusedPut(context, temp.uri, size, error).catch(() => error);
    }
    return new RangeUpload(context, target, options, { temp, offset: 0, digest: null });
  }

  get stored(): StoredBytes {
    return this.#temp.storedBytes(this.#options.size, null);
  }

  resumed(): Resumption | null {
    return this.stream.resumption;
  }

  async commit(): Promise<undefined> {
    await this.#temp.publish(this.#target, this.#options.overwrite, this.#options.size);
    return undefined;
  }

  async keep(): Promise<void> {
    this.stream.destroy();
    await this.#parts.cut();
  }

  async abort(): Promise<void> {
    await this.keep();
    await this.#temp.discard(false);
  }

  async #readBack(offset: number): Promise<Checksum | null> {
    const { signal } = this.#options;
    const stream = await openFile(this.#context.dav.http, this.#temp.uri, { end: offset - 1, signal }, () => Promise.resolve());
    return (await hashStream(stream, [DEFAULT_HASH], { signal })).checksums[DEFAULT_HASH] ?? null;
  }

  async #setTime(): Promise<void> {
    const { modified, signal } = this.#options;
    const setsTime = this.#context.write?.setsTime;
    if (modified !== undefined && setsTime && setsTime !== 'header') await writeTime(this.#context.dav, this.#temp.uri, setsTime, modified, { signal });
  }

  #fail(error: unknown, done: (error: Error) => void): void {
    void explainRefusedPut(this.#context, this.#temp.uri, this.#options.size, error).then((explained) => done(explained as Error), () => done(error as Error));
  }
}

/** Bytes of each part: what may have to be sent again, against a pause for an answer after each. */
export function rangePartSize(size: number): number {
  return Math.min(Math.max(16 * MIB, Math.ceil(size / 64 / MIB) * MIB), 64 * MIB);
}

/** The beginning of a file that an earlier save left. */
interface Kept {
  readonly temp: TempFile;
  readonly offset: number;
  /** of those bytes, by the server; null: they must be read back */
  readonly digest: Checksum | null;
}

async function whatWasKept(context: WebdavContext, target: string, { resume: { token }, size, signal }: ResumableOptions): Promise<Kept | null> {
  if (token === null || !isKeptName(token)) return null;
  const temp = new TempFile(context, target, token);
  const there = await temp.lookIfThere(signal);
  if (there === null) return null;
  const told = there.kind === 'file' && there.size !== null && there.size > 0 ? await settledDigest(context, temp, signal) : null;
  if (told !== null && told.offset <= size) return { temp, ...told };
  if (there.kind === 'file' && there.size !== null && there.size <= size && mayReadBack(context.proof.readBack, there.size)) return { temp, offset: there.size, digest: null };
  await temp.discard(false);
  return null;
}

/** The server may still be writing what was under way at the cut, so a digest counts only when the size stays the same around it. */
async function settledDigest(context: WebdavContext, temp: TempFile, signal: AbortSignal | undefined): Promise<Omit<Kept, 'temp'> | null> {
  const [algorithm] = context.capabilities.serverDigest;
  if (algorithm === undefined) return null;
  for (const wait of SETTLING) {
    await sleep(wait, undefined, { signal });
    const before = (await temp.lookIfThere(signal))?.size ?? null;
    const told = await toldDigests(context.dav.http, temp.uri, { signal, workload: before ?? undefined });
    const digest = told?.checksums[algorithm] ?? null;
    if (before !== null && digest !== null && (await temp.lookIfThere(signal))?.size === before) return { offset: before, digest };
  }
  return null;
}

/** The policy of the location bounds what may be read back for it. */
function mayReadBack(policy: ReadBackPolicy, size: number): boolean {
  return size === 0 || policy === 'always' || (policy !== 'never' && size <= policy.upTo);
}
