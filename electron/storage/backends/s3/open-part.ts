import { PassThrough } from 'node:stream';
import { UploadPartCommand } from '@aws-sdk/client-s3';
import { type Checksum, type Checksums, checksumHex, type HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { MultiHash } from '../../../integrity/hash.ts';
import type { ByteBudget } from '../../byte-budget.ts';
import { note } from './body-notes.ts';
import { checksumField } from './checksum-fields.ts';
import type { Target } from './context.ts';
import { bareEtag, md5Of, wholeChecksums } from './object-facts.ts';
import { base64Of } from './part-hasher.ts';
import type { PlainOutput } from './plain-request.ts';

export interface PartAbout {
  readonly target: Target;
  readonly uploadId: string;
  /** from 1 */
  readonly number: number;
  /** bytes that it takes at most */
  readonly length: number;
  /** of the digest that the server is compared with */
  readonly algorithm: HashName;
  readonly signal: AbortSignal;
}

/** Tries of a part that arrives as other bytes than were sent. */
const BAD_ARRIVALS = 3;

/** A part that is being read. */
export abstract class OpenPart {
  /** nothing reads a piece any more once `write` has resolved */
  readonly copies: boolean = true;
  readonly about: PartAbout;
  length = 0;
  readonly #hash: MultiHash;
  #digests: Checksums | null = null;

  constructor(about: PartAbout, hash: MultiHash) {
    this.about = about;
    this.#hash = hash;
  }

  get room(): number {
    return this.about.length - this.length;
  }

  write(piece: Uint8Array): Promise<void> {
    this.#hash.update(piece);
    this.length += piece.length;
    return Promise.resolve();
  }

  digests(): Checksums {
    return (this.#digests ??= this.#hash.digests());
  }

  digest(): Checksum {
    const digest = this.digests()[this.about.algorithm];
    if (digest === undefined) throw new StorageError('unexpected', `No ${this.about.algorithm} digest was computed.`);
    return digest;
  }

  /** @returns the ETag that the server gave it */
  abstract send(): Promise<string>;
  /** It is not sent, or no longer needed. */
  abstract drop(): void;

  protected static hashFor({ algorithm, target }: PartAbout, signed: boolean): Promise<MultiHash> {
    return MultiHash.create([algorithm, ...(signed && target.context.session.signsPayload ? (['sha256'] as const) : [])]);
  }

  protected command(body: Uint8Array | PassThrough, known: Checksums): UploadPartCommand {
    const { target, uploadId, number, algorithm } = this.about;
    const { session, findings } = target.context;
    const { md5 } = known;
    return new UploadPartCommand({
      Bucket: session.bucket,
      Key: target.key,
      UploadId: uploadId,
      PartNumber: number,
      Body: body,
      ContentLength: this.about.length,
      // Only what the server compares: one that it does not it might give back as its own.
      ...(algorithm === 'md5' ? findings.contentMd5 && md5 !== undefined && { ContentMD5: base64Of(md5) } : checksumField(findings.checksum, known)),
    });
  }

  protected get ask() {
    const { target, number, signal } = this.about;
    return { doing: `send part ${number} of ${target.uri}`, uri: target.uri, workload: this.about.length, signal };
  }

  /** What the server computed over the part that it got; null where it does not say. */
  protected told(answer: PlainOutput): Checksum | null {
    const { target, algorithm } = this.about;
    if (algorithm !== 'md5') return wholeChecksums(answer)[algorithm] ?? null;
    return target.context.findings.etagIsMd5 ? md5Of({ etag: bareEtag(answer.ETag), etagEncrypted: false }) : null;
  }

  /** @returns the ETag @throws StorageError checksum_mismatch */
  protected requireSame(answer: PlainOutput): string {
    const { target, number } = this.about;
    const etag = bareEtag(answer.ETag);
    const told = this.told(answer);
    if (told === null || told === this.digest()) return etag;
    throw new StorageError('checksum_mismatch', `The server has ${told} as part ${number} of ${target.uri}, but ${this.digest()} was sent.`, { context: { uri: target.uri, expected: this.digest(), found: told } });
  }
}

export interface HeldPartMemory {
  /** at least as long as the part */
  readonly bytes: Buffer;
  /** Told once the part does not need it any more. @param reusable nothing reads it any more: it was not sent, or the server computed the right digest over all of it */
  free(reusable: boolean): void;
}

/** Held in memory until it has arrived, so that it can be sent again. */
export class HeldPart extends OpenPart {
  readonly #memory: HeldPartMemory;
  readonly #senders: ByteBudget;
  #arrived = false;

  private constructor(about: PartAbout, hash: MultiHash, senders: ByteBudget, memory: HeldPartMemory) {
    super(about, hash);
    this.#memory = memory;
    this.#senders = senders;
  }

  /** @param senders how many may be on their way at once */
  static async of(about: PartAbout, senders: ByteBudget, memory: HeldPartMemory): Promise<HeldPart> {
    return new HeldPart(about, await OpenPart.hashFor(about, true), senders, memory);
  }

  override write(piece: Uint8Array): Promise<void> {
    this.#memory.bytes.set(piece, this.length);
    return super.write(piece);
  }

  override async send(): Promise<string> {
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#sendOnce();
        } catch (error) {
          // It is not stored, so another try costs nothing but time.
          if (attempt === BAD_ARRIVALS || !(error instanceof StorageError) || error.code !== 'checksum_mismatch') throw error;
        }
      }
    } finally {
      this.#memory.free(this.#arrived);
    }
  }

  override drop(): void {
    this.#memory.free(true);
  }

  async #sendOnce(): Promise<string> {
    const { session } = this.about.target.context;
    const { sha256 } = this.digests();
    const bytes = this.#memory.bytes.subarray(0, this.length);
    const sent = await this.#senders.take(1, this.about.signal);
    try {
      note(bytes, { sent, payloadHash: session.signsPayload && sha256 !== undefined ? checksumHex(sha256) : 'UNSIGNED-PAYLOAD' });
      const answer = await session.sendPlain(this.command(bytes, this.digests()), this.ask);
      const etag = this.requireSame(answer);
      this.#arrived = this.told(answer) !== null;
      return etag;
    } finally {
      sent();
    }
  }

  protected override command(body: Uint8Array, known: Checksums): UploadPartCommand {
    const command = super.command(body, known);
    command.input.ContentLength = body.length;
    return command;
  }
}

/** Sent while it is read, for parts that are too large to be held: a digest can only be compared afterwards, and a cut costs the whole part. */
export class StreamedPart extends OpenPart {
  override readonly copies = false;
  readonly #body = new PassThrough({ highWaterMark: 1024 * 1024 });
  readonly #answer: Promise<PlainOutput>;

  private constructor(about: PartAbout, hash: MultiHash) {
    super(about, hash);
    const { session } = about.target.context;
    this.#answer = session.send(this.command(this.#body, {}), this.ask);
    this.#answer.catch((error: unknown) => this.#body.destroy(error instanceof Error ? error : undefined));
    this.#body.on('error', () => undefined);
  }

  static async of(about: PartAbout): Promise<StreamedPart> {
    return new StreamedPart(about, await OpenPart.hashFor(about, false));
  }

  override async write(piece: Uint8Array): Promise<void> {
    await super.write(piece);
    if (this.#body.destroyed) await this.#answer;
    if (this.#body.write(piece)) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.#body.off('drain', settle).off('close', settle);
        resolve();
      };
      this.#body.on('drain', settle).on('close', settle);
    });
  }

  override async send(): Promise<string> {
    this.#body.end();
    return this.requireSame(await this.#answer);
  }

  override drop(): void {
    this.#body.destroy();
  }
}

/** Is there already, so far as its size tells; only hashed. */
export class KnownPart extends OpenPart {
  static async of(about: PartAbout): Promise<KnownPart> {
    return new KnownPart(about, await OpenPart.hashFor(about, false));
  }

  override send(): Promise<string> {
    return Promise.reject(new StorageError('unexpected', 'A part that is there is not sent.'));
  }

  override drop(): void {
    this.length = this.about.length;
  }
}
