import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import type { BlockBlobClient } from '@azure/storage-blob';
import { formatChecksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Resumption } from '../../../../shared/storage/evidence.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { giveBack } from '../../../integrity/lent-pieces.ts';
import type { SaveStreamOptions } from '../../storage-backend.ts';
import type { Published, WriteHandle } from '../../write-handle.ts';
import type { AzureContext } from './context.ts';
import { BlockBuffer } from './block-buffer.ts';
import { blockId } from './block-id.ts';
import { type BlockPlan, MAX_BLOCKS, SINGLE_REQUEST, blockSizeAt, parallelBlocks, planBlocks } from './block-plan.ts';
import { BlockQueue, type OutgoingBlock } from './block-queue.ts';
import { CUT } from './pipeline-client.ts';
import { modifiedOf } from './plain-requests.ts';
import { formatToken, parseToken } from './resume-token.ts';
import { type StagedBlock, dropStaged, stagedBlocks } from './staged-blocks.ts';

type Written = Parameters<WriteHandle['commit']>[0];

/**
 * A small file goes by one Put Blob in `commit`; a larger one by blocks, some at a time, which nobody sees before `commit` names them in
 * Put Block List. Ids of blocks carry their MD5, which the service compared, so a later save finds out by hashing its source alone which
 * of them it need not send again.
 */
export class BlobUpload implements WriteHandle {
  readonly stream: Writable;
  readonly keep?: () => Promise<void>;
  readonly #context: AzureContext;
  readonly #path: LocationPath;
  readonly #options: SaveStreamOptions;
  readonly #uri: string;
  readonly #name: string;
  readonly #plan: BlockPlan;
  readonly #upload: string;
  readonly #staged: ReadonlyMap<number, readonly StagedBlock[]>;
  readonly #queue: BlockQueue;
  readonly #stop = new AbortController();
  readonly #ids: string[] = [];
  #current: BlockBuffer | null = null;
  #skipped = 0;
  /** the commit told it: what is deleted later must be this and nothing else */
  etag: string | null = null;

  private constructor(context: AzureContext, path: LocationPath, options: SaveStreamOptions, start: { readonly plan: BlockPlan; readonly upload: string; readonly staged: ReadonlyMap<number, readonly StagedBlock[]> }) {
    this.#context = context;
    this.#path = path;
    this.#options = options;
    this.#uri = context.client.uri(path);
    this.#name = context.client.name(path);
    this.#plan = start.plan;
    this.#upload = start.upload;
    this.#staged = start.staged;
    this.#queue = new BlockQueue({ parallel: parallelBlocks(start.plan.block), patience: context.silence, send: (block, signal, onSent) => this.#send(block, signal, onSent) });
    this.stream = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#take(chunk).then(() => done(), done);
      },
      final: (done) => {
        this.#finish().then(() => done(), done);
      },
    });
    if (options.resume !== undefined && canResume(context)) this.keep = () => this.#end();
  }

  static async create(context: AzureContext, path: LocationPath, options: SaveStreamOptions): Promise<BlobUpload> {
    const { size, resume, signal } = options;
    const fresh = { plan: planBlocks(size, context.block), upload: randomBytes(8).toString('hex'), staged: new Map<number, readonly StagedBlock[]>() };
    if (resume === undefined || !canResume(context)) return new BlobUpload(context, path, options, fresh);
    const token = parseToken(resume.token);
    const start = token === null ? fresh : { upload: token.upload, plan: token.grows === fresh.plan.grows && token.block >= fresh.plan.block ? token : fresh.plan, staged: (await stagedBlocks(context.client, path, signal)).uploads.get(token.upload) ?? fresh.staged };
    resume.keep(formatToken({ upload: start.upload, block: start.plan.block, grows: start.plan.grows }));
    return new BlobUpload(context, path, options, start);
  }

  async commit(written: Written): Promise<Published> {
    const answer = await (this.#ids.length === 0 ? this.#putBlob(written) : this.#putBlockList());
    this.#current?.release();
    return answer;
  }

  resumed(): Resumption | null {
    return this.#skipped === 0 ? null : { offset: this.#skipped, proof: 'part digests', algorithm: 'md5', at: new Date().toISOString() };
  }

  async abort(): Promise<void> {
    await this.#end();
    if (this.#ids.length > 0 || this.#staged.size > 0) await dropStaged(this.#context.client, this.#path, this.#upload, this.#context.findings.versioning);
  }

  async #end(): Promise<void> {
    this.#stop.abort(new StorageError('canceled', 'Canceled.'));
    this.stream.destroy();
    await this.#queue.stop();
    this.#current?.release();
    this.#current = null;
  }

  async #take(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0; ) {
      // A full one is sent only when more comes: a file of one block goes by Put Blob.
      if (this.#current?.full === true) await this.#dispatch(this.#current);
      this.#current ??= await this.#begin();
      rest = this.#current.add(rest);
    }
    giveBack(chunk);
  }

  async #begin(): Promise<BlockBuffer> {
    const { size } = this.#options;
    if (this.#ids.length >= MAX_BLOCKS) throw new StorageError('size_limit_exceeded', `${this.#uri} would need more than ${MAX_BLOCKS} blocks, the most of a blob: tell its size beforehand, or choose larger blocks.`, { context: { uri: this.#uri } });
    const capacity = size !== undefined && size <= SINGLE_REQUEST ? Math.max(1, size) : blockSizeAt(this.#plan, this.#ids.length);
    const release = await this.#context.budget.take(capacity, this.#stop.signal);
    return BlockBuffer.create(capacity, release);
  }

  async #finish(): Promise<void> {
    if (this.#ids.length === 0) return;
    if (this.#current !== null) await this.#dispatch(this.#current);
    await this.#queue.done();
  }

  async #dispatch(block: BlockBuffer): Promise<void> {
    this.#current = null;
    const index = this.#ids.length;
    const md5 = block.md5();
    const there = this.#staged.get(index)?.find((each) => each.md5 === md5 && each.size === block.bytes.length);
    const id = there?.id ?? blockId({ upload: this.#upload, index, md5 });
    this.#ids.push(id);
    if (there === undefined) return this.#queue.add({ id, bytes: block.bytes, release: block.release });
    this.#skipped += block.bytes.length;
    block.release();
  }

  async #send({ id, bytes }: OutgoingBlock, signal: AbortSignal, onSent: (sent: number) => void): Promise<void> {
    const { client, findings } = this.#context;
    const md5 = Buffer.from(id, 'base64').subarray(-16);
    await client
      .ask(`send a block of ${this.#uri}`, this.#uri, () => client.plain.ask({ method: 'PUT', name: this.#name, query: { comp: 'block', blockid: id }, headers: findings.checksBlocks ? { 'content-md5': md5.toString('base64') } : {}, body: bytes, onSent, signal }), signal)
      .catch((error: unknown) => this.#rethrow(error));
  }

  async #putBlob({ size, checksums }: Written): Promise<Published> {
    const { client, findings, tier } = this.#context;
    this.#current ??= await this.#begin();
    const { bytes } = this.#current;
    const md5 = this.#current.checksum();
    if (bytes.length !== size) throw new StorageError('size_mismatch', `${bytes.length} bytes came here to be stored, but the source gave ${size}.`, { context: { expected: size, found: bytes.length } });
    const expected = checksums.md5;
    if (expected !== undefined && expected !== md5) throw new StorageError('checksum_mismatch', `The bytes that came here to be stored are ${md5}, but the source is ${expected}.`, { context: { expected, found: md5 } });
    const digest = Buffer.from(this.#current.md5(), 'hex');
    const headers = {
      'x-ms-blob-type': 'BlockBlob',
      ...(findings.checksWhole && { 'content-md5': digest.toString('base64') }),
      ...(!this.#options.overwrite && { 'if-none-match': '*' }),
      ...(tier !== null && { 'x-ms-access-tier': tier }),
    };
    const request = () => client.plain.ask({ method: 'PUT', name: this.#name, headers, body: bytes });
    const answer = await this.#surely(
      () => client.ask(`store ${this.#uri}`, this.#uri, request).catch((error: unknown) => this.#rethrow(error)),
      () => this.#isStored(size, digest),
    );
    if (answer === null) return {};
    const { etag, 'content-md5': told, 'x-ms-version-id': versionId } = answer.headers;
    this.etag = etag ?? null;
    const computed = findings.computesMd5 && told !== undefined && expected !== undefined ? formatChecksum('md5', Buffer.from(told, 'base64').toString('hex')) : null;
    const modified = modifiedOf(answer.headers);
    return {
      ...(versionId !== undefined && { versionId }),
      ...(modified !== null && { modified }),
      ...(findings.checksWhole && { transit: [md5] }),
      ...(computed !== null && { size: null, serverDigest: computed }),
    };
  }

  async #putBlockList(): Promise<Published> {
    const { client, findings, tier } = this.#context;
    const parts = findings.checksBlocks ? { parts: [{ level: 1, algorithm: 'md5', parts: this.#ids.length } as const] } : {};
    try {
      const answer = await this.#surely(
        () => client.ask(`store ${this.#uri}`, this.#uri, () => this.#blob().commitBlockList(this.#ids, { conditions: this.#conditions(), ...(tier !== null && { tier }) })),
        () => this.#isCommitted(),
      );
      if (answer === null) return parts;
      const { etag, lastModified, versionId } = answer;
      this.etag = etag ?? null;
      return { ...parts, ...(versionId !== undefined && { versionId }), ...(lastModified !== undefined && { modified: lastModified.toISOString() }) };
    } catch (error) {
      if (error instanceof StorageError && error.context['azureCode'] === 'InvalidBlockList') {
        throw new StorageError('unavailable', `The blocks of ${this.#uri} are gone: somebody stored under that name meanwhile, or they were older than a week.`, { context: { ...error.context, startOver: true } });
      }
      throw error;
    }
  }

  #blob(): BlockBlobClient {
    return this.#context.client.blob(this.#path);
  }

  #conditions(): { readonly ifNoneMatch?: string } {
    return this.#options.overwrite ? {} : { ifNoneMatch: '*' };
  }

  /**
   * A commit whose answer was lost is looked up, since a new try could find its own blob in the way; one that did not arrive, e.g. because
   * the service closed the idle connection at that moment, is sent once more. @returns null when only the look-up tells that it is there
   */
  async #surely<T>(send: () => Promise<T>, isThere: () => Promise<boolean>): Promise<T | null> {
    const found = () => isThere().catch(() => false);
    try {
      return await send();
    } catch (error) {
      if (!isLost(error)) throw error;
      if (await found()) return null;
      if (!wasCut(error)) throw error;
      return send().catch(async (second: unknown) => ((await found()) ? null : Promise.reject(second as Error)));
    }
  }

  async #isStored(size: number, md5: Buffer): Promise<boolean> {
    const { contentLength, contentMD5, etag } = await this.#blob().getProperties();
    if (contentLength !== size || contentMD5 === undefined || !Buffer.from(contentMD5).equals(md5)) return false;
    this.etag = etag ?? null;
    return true;
  }

  async #isCommitted(): Promise<boolean> {
    const { committedBlocks = [], etag } = await this.#blob().getBlockList('committed');
    if (committedBlocks.length !== this.#ids.length || !committedBlocks.every(({ name }, at) => name === this.#ids[at])) return false;
    this.etag = etag ?? null;
    return true;
  }

  /** The emulator has a code of its own for an MD5 that is not that of the bytes. */
  #rethrow(error: unknown): never {
    const { mismatchCode } = this.#context.findings;
    if (error instanceof StorageError && error.context['status'] === 400 && mismatchCode !== null && error.context['azureCode'] === mismatchCode) {
      throw new StorageError('checksum_mismatch', `What arrived of ${this.#uri} is not what was sent: the service computed another MD5 and refused it.`, { context: error.context });
    }
    throw error as Error;
  }
}

function canResume({ capabilities }: AzureContext): boolean {
  return capabilities.resume;
}

function wasCut(error: unknown): boolean {
  return error instanceof StorageError && CUT.has(error.context['system']);
}

function isLost(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'unavailable' && error.context['status'] === undefined;
}
