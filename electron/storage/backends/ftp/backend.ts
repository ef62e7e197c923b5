import { Readable } from 'node:stream';
import { type Checksum, DEFAULT_HASH, type HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, parentPath } from '../../../../shared/storage/path.ts';
import { isKeptName, newPartialName } from '../../partial-name.ts';
import { type BackendContext, type ChecksumOptions, type KeptPart, type KnownFile, type OpenOptions, type OperationOptions, type SaveStreamOptions, StorageBackend } from '../../storage-backend.ts';
import type { WriteHandle } from '../../write-handle.ts';
import type { FtpClient } from './client.ts';
import { besidePath, serverPath, uriOf } from './names.ts';
import type { Findings, WriteFindings } from './probe.ts';
import { isPositive } from './reply.ts';
import { serverDigest, sizeOfFile } from './stored-file.ts';
import { type PartialOptions, type UploadOptions, unpublished, upload } from './upload.ts';

export interface FtpContext extends BackendContext {
  readonly client: FtpClient;
  readonly findings: Findings;
}

/** So many bytes a millisecond are copied by a server at the slowest. */
const SLOWEST_COPY = 10_000;

/** One file of an FTP server. A save goes into a partial file beside it, is proven there by the server's digest or by reading it back, and then takes its name. */
export class FtpBackend extends StorageBackend<FtpContext> {
  static override checksumHashName: HashName | null = null;

  readonly path: LocationPath;
  /** absolute path on the server */
  readonly #place: string;

  /** @throws StorageError invalid_location when the path names no file, leads outside, or cannot be said in a command */
  constructor(context: FtpContext, path: LocationPath, known: KnownFile = {}) {
    if (path === '') throw new StorageError('invalid_location', 'The root of a location is a folder: expected a file.');
    super(context, uriOf(context.client.naming, path), known);
    this.path = path;
    this.#place = serverPath(context.client.naming, path);
  }

  override async open({ start, end, signal }: OpenOptions = {}): Promise<Readable> {
    const { client, capabilities } = this.context;
    if ((start !== undefined || end !== undefined) && !capabilities.rangeRead) throw new StorageError('unsupported', `This server cannot give a part of a file: ${this.uri}.`);
    const first = start ?? 0;
    try {
      if (end === undefined || end >= first) return await client.read(this.#place, { start: first, end, signal });
    } catch (error) {
      // Some servers refuse an offset at the end of the file or behind it.
      if (first === 0 || !(error instanceof StorageError) || error.code === 'canceled' || error.code === 'unavailable' || first < ((await this.size({ signal })) ?? Infinity)) throw error;
    }
    await this.size({ signal });
    return Readable.from([], { objectMode: false });
  }

  override async delete(options: OperationOptions = {}): Promise<void> {
    requireWriting(this.context, this.uri);
    await this.context.client.remove(this.#place, options);
  }

  override size({ signal }: OperationOptions = {}): Promise<number | null> {
    return sizeOfFile(this.context.client, this.#place, signal);
  }

  override get asksStorage(): boolean {
    return this.context.findings.digests.length > 0;
  }

  /** By the server where it computes digests, else by reading back. @returns null for an algorithm that the server did not compute when it was tried at connect */
  override async checksum(options: ChecksumOptions = {}): Promise<Checksum | null> {
    const { client, findings } = this.context;
    if (!this.asksStorage) return super.checksum({ ...options, algorithm: options.algorithm ?? DEFAULT_HASH });
    const { signal, onProgress, algorithm } = options;
    const total = await this.size({ signal });
    const digest = findings.digests.find((each) => algorithm === undefined || each.algorithm === algorithm);
    if (digest === undefined) return null;
    onProgress?.({ bytes: 0, total });
    const checksum = await serverDigest(client, this.#place, digest, { size: total ?? 0, signal });
    onProgress?.({ bytes: total ?? 0, total });
    return checksum;
  }

  override async kept(token: string, { signal }: OperationOptions = {}): Promise<KeptPart | null> {
    const left = await this.#leftBy(token, signal);
    return left === null ? null : { size: left.size, open: () => this.context.client.read(left.path, { signal }) };
  }

  override async forget(token: string, { signal }: OperationOptions = {}): Promise<void> {
    if (!isKeptName(token)) return;
    requireWriting(this.context, this.uri);
    const path = this.#beside(token);
    const reply = await this.context.client.ask(`DELE ${path}`, { signal });
    if (isPositive(reply) || (await this.context.client.look(path, { signal })) === null) return;
    throw await this.context.client.explain({ doing: `remove ${path}`, path, wants: 'file' }, reply);
  }

  protected override _initialize(): Promise<undefined> {
    return Promise.reject(new StorageError('unsupported', `FTP cannot make room before the bytes come: ${this.uri}.`));
  }

  protected override async getSaveStream(options: SaveStreamOptions): Promise<WriteHandle> {
    const { client } = this.context;
    const findings = requireWriting(this.context, this.uri);
    const { overwrite, signal } = options;
    const resume = findings.resume === null ? undefined : options.resume;
    // A small file is not worth a question of its own: its rename tells.
    if (!overwrite || resume !== undefined) await this.#requireFree(overwrite, signal);
    const left = resume?.token === undefined || resume.token === null ? null : await this.#leftBy(resume.token, signal);
    const provable = left === null ? null : this.#provable(left.size, options.size);
    if (left !== null && provable === null) await client.ask(`DELE ${left.path}`, { signal });
    const name = provable === null || left === null ? newPartialName(resume !== undefined) : left.name;
    resume?.keep(name);
    return upload(client, { ...this.#partial(name, options), left: provable, keeps: resume !== undefined });
  }

  /** By SITE CPFR and CPTO, when both lie on the same server and it has them. */
  protected override async getCopy(source: StorageBackend, options: SaveStreamOptions): Promise<Omit<WriteHandle, 'stream'> | null> {
    const { client } = this.context;
    if (!(source instanceof FtpBackend) || source.context.client !== client) return null;
    const findings = requireWriting(this.context, this.uri);
    if (!findings.copies) return null;
    const { overwrite, signal } = options;
    const size = (await source.size({ signal })) ?? 0;
    await this.#requireFree(overwrite, signal);
    const partial = this.#partial(newPartialName(), options);
    const handle = unpublished(client, partial);
    try {
      const copied = await client.use(signal, async (connection) => {
        const named = await connection.ask(`SITE CPFR ${source.#place}`, { signal });
        return named.code === 350 ? connection.ask(`SITE CPTO ${partial.partial}`, { signal, patience: client.settings.silence + size / SLOWEST_COPY }) : named;
      });
      if (isPositive(copied)) return handle;
      throw await client.explain({ doing: `copy ${source.#place}`, path: partial.partial, wants: 'room' }, copied);
    } catch (error) {
      await handle.abort().catch(() => undefined);
      throw error;
    }
  }

  #partial(name: string, { overwrite, modified, signal }: SaveStreamOptions): PartialOptions {
    return { partial: this.#beside(name), target: this.#place, overwrite, modified, signal, findings: requireWriting(this.context, this.uri), digest: this.context.findings.digests[0] ?? null };
  }

  #beside(own: string): string {
    return besidePath(this.context.client.naming, parentPath(this.path), own);
  }

  async #leftBy(token: string, signal: AbortSignal | undefined): Promise<{ readonly name: string; readonly path: string; readonly size: number } | null> {
    if (!isKeptName(token)) return null;
    const path = this.#beside(token);
    const entry = await this.context.client.look(path, { signal });
    return entry === null || entry.kind !== 'file' || entry.size === null ? null : { name: token, path, size: entry.size };
  }

  /** Whether and how what was left can be proven. @returns null: begin anew */
  #provable(left: number, size: number | undefined): UploadOptions['left'] {
    const { readBack } = this.context.proof;
    if (left === 0 || (size !== undefined && left > size)) return null;
    if (this.asksStorage) return { size: left, proof: 'server digest' };
    return readBack === 'never' || (readBack !== 'always' && left > readBack.upTo) ? null : { size: left, proof: 'read back' };
  }

  async #requireFree(overwrite: boolean, signal: AbortSignal | undefined): Promise<void> {
    const there = await this.context.client.look(this.#place, { signal });
    if (there === null || (overwrite && there.kind === 'file')) return;
    throw new StorageError('already_exists', `${this.uri} ${there.kind === 'folder' ? 'is a folder already' : 'exists already'}.`, { context: { uri: this.uri } });
  }
}

/** @throws StorageError permission_denied where nothing could be stored at connect */
export function requireWriting({ findings, client }: Pick<FtpContext, 'findings' | 'client'>, what: string): WriteFindings {
  if (findings.writing !== null) return findings.writing;
  if (client.settings.readOnly) throw new StorageError('permission_denied', `This location is set to read only: nothing is written to ${what}.`, { context: { uri: what, reason: 'location_read_only' } });
  throw new StorageError('permission_denied', `Nothing can be written at ${what}: when the location was opened nothing could be stored in its folder. ${findings.notTried ?? ''}`.trim(), { context: { uri: what } });
}
