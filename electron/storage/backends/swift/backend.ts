import { Readable } from 'node:stream';
import { type Checksum, type HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { discard, headerOf } from '../../http/http-client.ts';
import { type ChecksumOptions, type KnownFile, type OpenOptions, type OperationOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import { type SwiftContext, requireRemovable, requireWritable } from './context.ts';
import { copyInside } from './copy.ts';
import { GrowingUpload } from './growing-upload.ts';
import { HeldPart } from './held-part.ts';
import { type ObjectFacts, askObject } from './object-facts.ts';
import { PART_SIZE } from './part-plan.ts';
import { refusalOf } from './refusal.ts';
import { removeObject } from './replace.ts';
import { SegmentedUpload } from './segmented-upload.ts';
import { SingleUpload } from './single-upload.ts';
import { StreamedUpload } from './streamed-upload.ts';
import { beginUpload } from './upload-in-progress.ts';
import { parseToken } from './upload-note.ts';

/**
 * One file in a container of OpenStack Swift, or of Ceph's gateway. The server computes the MD5 of an object while it stores it and tells
 * it as ETag; of a large file it has only those of the segments.
 */
export class SwiftBackend extends StorageBackend<SwiftContext> {
  static override checksumHashName: HashName | null = null;

  /** full name of the object */
  readonly #name: string;
  /** stored by this object: a storage with several copies of it is asked for the newest */
  #saved = false;

  constructor(context: SwiftContext, path: LocationPath, known?: KnownFile) {
    const name = context.place.nameOf(path);
    super(context, context.place.uriOf(name), known);
    this.#name = name;
  }

  override async open({ start = 0, end, signal }: OpenOptions = {}): Promise<Readable> {
    const { client } = this.context;
    if (end !== undefined && end < start) {
      await this.#facts(signal);
      return emptyStream();
    }
    const ranged = start > 0 || end !== undefined;
    const answer = await client.send('GET', this.uri, { signal, headers: { ...(ranged && { range: `bytes=${start}-${end ?? ''}` }), ...(this.#saved && { 'x-newest': 'true' }) } });
    if (ranged && answer.status === 416) {
      await discard(answer);
      return emptyStream();
    }
    if (answer.status !== 200 && answer.status !== 206) throw await refusalOf(client, 'GET', answer);
    const range = headerOf(answer, 'content-range') ?? '';
    // An empty object has no first byte, so it is given whole.
    const right = ranged ? (answer.status === 206 ? range.startsWith(`bytes ${start}-`) : headerOf(answer, 'content-length') === '0') : answer.status === 200;
    if (right) return answer.body;
    answer.body.destroy();
    throw new StorageError('unsupported', `The server gives another part of ${this.uri} than was asked for (${answer.status} ${range}).`, { context: { uri: this.uri, status: answer.status } });
  }

  override async delete({ signal }: OperationOptions = {}): Promise<void> {
    requireRemovable(this.context);
    await removeObject(this.context, this.uri, { signal });
  }

  override async size({ signal }: OperationOptions = {}): Promise<number | null> {
    return (await this.#facts(signal)).size;
  }

  /** The MD5 that the server computed while it stored the object. @returns null for large files and other algorithms */
  override async checksum({ algorithm = 'md5', signal, onProgress }: ChecksumOptions = {}): Promise<Checksum | null> {
    const { size, md5 } = await this.#facts(signal);
    onProgress?.({ bytes: size ?? 0, total: size });
    return algorithm === 'md5' && this.context.capabilities.serverDigest.includes('md5') ? md5 : null;
  }

  override async forget(token: string, { signal }: OperationOptions = {}): Promise<void> {
    const parsed = parseToken(token);
    if (parsed === null || this.context.active.has(parsed.id)) return;
    requireRemovable(this.context);
    await this.context.storeAt(parsed.place).discard(parsed.id, { signal });
  }

  /** Files of segments have no MD5 of the whole. */
  protected override digestAsked(size: number | undefined): HashName | null {
    return this.context.findings.segments !== null && size !== undefined && size > PART_SIZE ? null : super.digestAsked(size);
  }

  protected override _initialize(): Promise<undefined> {
    return Promise.reject(new StorageError('unsupported', `Swift cannot allocate space before the bytes come: ${this.uri}.`));
  }

  protected override async getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    requireWritable(this.context);
    this.#saved = true;
    const { size, signal } = options;
    if (this.context.findings.segments === null && (size === undefined || size > PART_SIZE)) return new StreamedUpload(this.context, this.#name, options);
    if (size !== undefined && size > PART_SIZE) return new SegmentedUpload(this.context, this.#name, options, await beginUpload(this.context, this.#name, options));
    const room = size ?? PART_SIZE;
    const part = new HeldPart(1, room, await this.context.budget.take(room, signal));
    return size === undefined ? new GrowingUpload(this.context, this.#name, options, part) : new SingleUpload(this.context, this.#name, options, part);
  }

  protected override async getCopy(source: StorageBackend, options: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
    if (!(source instanceof SwiftBackend) || source.context.place.storageUrl !== this.context.place.storageUrl || source.context.session.identity !== this.context.session.identity) return null;
    requireWritable(this.context);
    this.#saved = true;
    return copyInside({ context: source.context, name: source.#name }, { context: this.context, name: this.#name }, options);
  }

  #facts(signal: AbortSignal | undefined): Promise<ObjectFacts> {
    return askObject(this.context.client, this.uri, { signal, newest: this.#saved });
  }
}

function emptyStream(): Readable {
  return Readable.from([], { objectMode: false });
}
