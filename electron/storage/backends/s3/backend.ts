import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectAttributesCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import type { Checksum, HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type ChecksumOptions, type KnownFile, type LocalBytes, type OpenOptions, type OperationOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import type { Published, WriteHandle } from '../../write-handle.ts';
import { requireRemovable, requireWritable, type S3Context, type Target } from './context.ts';
import { copyHandle } from './copy-handle.ts';
import { compareWithEtag, type EtagVerdict, meaningOf } from './etag.ts';
import { askFacts, factsOf, md5Of, type ObjectFacts } from './object-facts.ts';
import { choosePartSize, MAX_HELD } from './part-size.ts';
import { digestOf, type S3Published } from './published.ts';
import { removeOwn } from './remove-own.ts';
import { removeUpload } from './remove-upload.ts';
import { parseToken } from './resume-token.ts';
import { Upload } from './upload.ts';

/** One object of a bucket, or one version of it. */
export class S3Backend extends StorageBackend<S3Context> {
  static override checksumHashName: HashName | null = null;

  readonly key: string;
  /** what the server said of the object when it gave all its bytes */
  #told: ObjectFacts | null = null;

  constructor(context: S3Context, key: string, uri: string, known?: KnownFile) {
    super(context, uri, known);
    this.key = key;
  }

  override async open({ start = 0, end, signal }: OpenOptions = {}): Promise<Readable> {
    const { session, findings } = this.context;
    const ranged = start > 0 || end !== undefined;
    if (ranged && !findings.rangeRead) throw new StorageError('unsupported', `This server cannot give a part of a file: ${this.uri}.`);
    if (end !== undefined && end < start) {
      await this.#facts({ signal });
      return emptyStream();
    }
    try {
      const asked = { ...this.#version(), ...(findings.checksum !== null && !ranged && { ChecksumMode: 'ENABLED' as const }), ...(ranged && { Range: `bytes=${start}-${end ?? ''}` }) };
      const answer = await session.sendPlain(new GetObjectCommand({ Bucket: session.bucket, Key: this.key, ...asked }), { doing: `read ${this.uri}`, uri: this.uri, signal });
      const { Body, ContentRange } = answer;
      const stream = Body instanceof Readable ? Body : emptyStream();
      if (!ranged) this.#remember(stream, factsOf(answer));
      if (!ranged || ContentRange?.startsWith(`bytes ${start}-`) === true) return stream;
      stream.destroy();
      throw new StorageError('unsupported', `The server sends another part of ${this.uri} than it was asked for (${ContentRange ?? 'all of it'}).`, { context: { uri: this.uri } });
    } catch (error) {
      if (ranged && error instanceof StorageError && error.context['status'] === 416) return emptyStream();
      throw error;
    }
  }

  override async delete({ signal }: OperationOptions = {}): Promise<void> {
    requireRemovable(this.context, this.uri);
    // S3 calls it a success to delete what is not there.
    await this.#facts({ signal });
    const { session } = this.context;
    await session.send(new DeleteObjectCommand({ Bucket: session.bucket, Key: this.key, ...this.#version() }), { doing: `delete ${this.uri}`, uri: this.uri, signal });
  }

  override async size({ signal }: OperationOptions = {}): Promise<number | null> {
    return (await this.#facts({ signal })).size;
  }

  /** What the server keeps of the whole object; computed when it was stored, so what rots later is only seen by reading back. @returns null where it keeps none of that kind */
  override async checksum({ algorithm, signal, onProgress }: ChecksumOptions = {}): Promise<Checksum | null> {
    const facts = this.#told ?? (await this.#facts({ signal }));
    this.#told = null;
    onProgress?.({ bytes: facts.size ?? 0, total: facts.size });
    return algorithm === undefined ? digestOf(this.context.findings, facts) : this.#digestOf(facts, algorithm);
  }

  override async forget(token: string): Promise<void> {
    const parsed = parseToken(token);
    if (parsed === null || parsed.bucket !== this.context.session.bucket || parsed.key !== this.key) return;
    await removeUpload(this.#target, parsed, { evenCompleted: false });
  }

  /** Tells by the ETag alone whether local bytes are those of the object; nothing is downloaded. @throws StorageError not_found */
  override async compareWith(local: LocalBytes, { signal }: OperationOptions = {}): Promise<EtagVerdict> {
    const facts = await this.#facts({ signal });
    const opaque = facts.etagEncrypted ? 'The object is encrypted with a key of its own, so its ETag is no digest of the bytes.' : this.context.findings.etagIsMd5 ? null : 'It was not seen that this server’s ETags are MD5s.';
    const meaning = meaningOf(facts.etag);
    const partSizes = meaning.kind === 'parts' ? await this.#partSizes(meaning.parts, facts, signal) : [];
    return compareWithEtag({ etag: facts.etag, size: facts.size, partSizes, opaque }, local, { signal });
  }

  protected override digestAsked(size: number | undefined): HashName | null {
    const { findings } = this.context;
    if (this.#inParts(size)) return findings.parts?.checksum === true ? findings.checksum : null;
    return findings.checksum ?? (findings.etagIsMd5 ? 'md5' : null);
  }

  protected override digestsToSend(size: number | undefined): readonly HashName[] {
    const { findings } = this.context;
    return findings.checksum === null && findings.contentMd5 && !this.#inParts(size) ? ['md5'] : [];
  }

  protected override _initialize(): Promise<undefined> {
    return Promise.reject(new StorageError('unsupported', `S3 cannot allocate space before the bytes come: ${this.uri}.`));
  }

  protected override getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    this.#requireLatest();
    requireWritable(this.context, this.uri);
    return Upload.open(this.#target, options);
  }

  protected override getUpdateStream(): Promise<WriteHandle> {
    return Promise.reject(new StorageError('unsupported', `S3 cannot write into the middle of a file: ${this.uri}.`));
  }

  protected override async getCopy(source: StorageBackend, options: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
    // With a condition only what is sent is refused for sure.
    if (!(source instanceof S3Backend) || !options.overwrite || source.context.session.server !== this.context.session.server) return null;
    this.#requireLatest();
    requireWritable(this.context, this.uri);
    return copyHandle({ ...source.#target, versionId: source.known.versionId }, this.#target, options);
  }

  protected override async takeBack(published: Published | undefined): Promise<void> {
    await removeOwn(this.#target, { versionId: published?.versionId ?? null, etag: (published as S3Published | undefined)?.etag ?? '' });
  }

  get #target(): Target {
    return { context: this.context, key: this.key, uri: this.uri };
  }

  #inParts(size: number | undefined): boolean {
    return size !== undefined && size > Math.min(choosePartSize(size, this.context.settings.partSize), MAX_HELD);
  }

  #version(): { readonly VersionId?: string } {
    return this.known.versionId === undefined ? {} : { VersionId: this.known.versionId };
  }

  /** The answer with the bytes tells their digest too, which need not be asked for again: for the first question after all of them were read, and only of the very object that was looked at before. */
  #remember(stream: Readable, facts: ObjectFacts): void {
    this.#told = null;
    const { size, modified } = this.known;
    if (size === undefined || modified === undefined || facts.size !== size || facts.modified === null || Date.parse(facts.modified) !== modified.getTime()) return;
    stream.once('end', () => {
      this.#told = facts;
    });
  }

  #facts({ signal }: OperationOptions): Promise<ObjectFacts> {
    return askFacts(this.context.session, this.key, { uri: this.uri, versionId: this.known.versionId, signal });
  }

  #digestOf(facts: ObjectFacts, algorithm: HashName): Checksum | null {
    // What a server keeps without looking at it would only be what the uploader said.
    const { checksum, etagIsMd5 } = this.context.findings;
    if (algorithm === 'md5') return etagIsMd5 ? md5Of(facts) : null;
    return checksum === null ? null : (facts.checksums[algorithm] ?? null);
  }

  /** As far as the server tells; only one that is known to understand the question is asked about all parts. */
  async #partSizes(parts: number, facts: ObjectFacts, signal: AbortSignal | undefined): Promise<readonly number[]> {
    const { session, findings } = this.context;
    const known = (error: unknown): null => {
      if (error instanceof StorageError && error.code !== 'canceled' && error.code !== 'unavailable') return null;
      throw error;
    };
    if (findings.attributes) {
      const told = await session.send(new GetObjectAttributesCommand({ Bucket: session.bucket, Key: this.key, ...this.#version(), ObjectAttributes: ['ObjectParts'], MaxParts: parts }), { doing: `ask about the parts of ${this.uri}`, uri: this.uri, signal }).catch(known);
      const sizes = (told?.ObjectParts?.Parts ?? []).flatMap(({ Size }) => Size ?? []);
      if (sizes.length === parts && sizes.reduce((sum, size) => sum + size, 0) === facts.size) return sizes;
    }
    const first = await askFacts(session, this.key, { uri: this.uri, versionId: this.known.versionId, partNumber: 1, signal }).catch(known);
    return first?.head.PartsCount === parts && first.size !== null ? [first.size] : [];
  }

  #requireLatest(): void {
    if (this.known.versionId !== undefined) throw new StorageError('unsupported', `A version that was stored cannot be written to: ${this.uri}.`, { context: { uri: this.uri } });
  }
}

function emptyStream(): Readable {
  return Readable.from([], { objectMode: false });
}
