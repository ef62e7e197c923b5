import { StorageError } from '../../../../shared/storage/errors.ts';
import type { OperationOptions } from '../../operation-options.ts';
import { type ChunkToken, formatChunkToken, parseChunkToken } from './chunk-token.ts';
import { CHUNK_FOLDER, chunkHeaders, chunkName, chunkSizeFor, inFiles } from './chunks.ts';
import { type SizedOptions, type WebdavContext, isLost } from './context.ts';
import { entryOf } from './entry.ts';
import type { Chunks } from './findings.ts';
import { explainRefusedPut } from './refused-put.ts';
import { TempFile } from './temp-file.ts';

export interface BegunFolder {
  readonly folder: ChunkFolder;
  readonly token: ChunkToken;
}

/** The folder of the account's uploads that holds the chunks of one file. It is named after the temporary file, which marks the place where they belong. */
export class ChunkFolder {
  readonly uri: string;
  readonly temp: TempFile;
  /** the temporary file, as chunks can be joined to it */
  readonly joined: string;
  readonly headers: Readonly<Record<string, string>>;
  /** an earlier try joined the chunks already */
  readonly isJoined: boolean;
  readonly #context: WebdavContext;

  constructor(context: WebdavContext, chunks: Chunks, temp: TempFile, joined: string, size: number, isJoined: boolean) {
    this.#context = context;
    this.temp = temp;
    this.joined = joined;
    this.uri = chunkFolderUri(chunks, temp.name);
    this.headers = chunkHeaders(context.dav, joined, size);
    this.isJoined = isJoined;
  }

  /** Goes on with what an earlier save kept, or begins anew. @returns null when the file lies where chunks cannot be joined to */
  static async begin(context: WebdavContext, chunks: Chunks, target: string, options: SizedOptions): Promise<BegunFolder | null> {
    const { resume, size, signal } = options;
    const at = (temp: TempFile, isJoined: boolean) => {
      const joined = inFiles(context.dav.root, chunks, temp.uri);
      return joined === null ? null : new ChunkFolder(context, chunks, temp, joined, size, isJoined);
    };
    const kept = resume?.token ? parseChunkToken(resume.token) : null;
    if (kept !== null) {
      const temp = new TempFile(context, target, kept.name);
      const marker = await temp.lookIfThere(signal);
      const isJoined = marker !== null && size > 0 && marker.size === size && kept.bytes === size;
      const folder = marker === null ? null : at(temp, isJoined);
      if (folder !== null && (isJoined || (await folder.#holds(kept, size, signal)))) return { folder, token: kept };
      await removeChunks(context, chunks, kept.name);
      if (marker !== null) await temp.discard(false);
    }
    const folder = at(TempFile.fresh(context, target, resume !== undefined), false);
    if (folder === null) return null;
    const token: ChunkToken = { name: folder.temp.name, chunk: chunkSizeFor(size), bytes: 0, sha256: '' };
    resume?.keep(formatChunkToken(token));
    await folder.#make(resume !== undefined, options);
    return { folder, token };
  }

  async remove(): Promise<void> {
    await removeUri(this.#context, this.uri);
  }

  async #make(marked: boolean, { size, signal }: SizedOptions): Promise<void> {
    const { dav } = this.#context;
    try {
      if (marked) await dav.put(this.temp.uri, { body: new Uint8Array(0), signal });
      await dav.makeFolder(this.uri, { signal, headers: this.headers });
    } catch (error) {
      await this.temp.discard(false).catch(() => undefined);
      throw await explainRefusedPut(this.#context, this.temp.uri, size, error).catch(() => error);
    }
  }

  /** All chunks of which the journal knows are there, each with its size. */
  async #holds({ chunk, bytes }: ChunkToken, size: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (bytes > size || (bytes < size && bytes % chunk !== 0)) return false;
    const sizes = await chunkSizes(this.#context, this.uri, { signal });
    if (sizes === null) return false;
    return Array.from({ length: Math.ceil(bytes / chunk) }, (_, at) => at).every((at) => sizes.get(chunkName(at + 1)) === Math.min(chunk, size - at * chunk));
  }
}

export function chunkFolderUri({ uploads }: Chunks, name: string): string {
  return `${uploads}${name.replace(/^\.?holdfast-/, CHUNK_FOLDER)}/`;
}

/** Sizes of the chunks by their names. @returns null when there is no such folder */
export async function chunkSizes({ dav }: WebdavContext, uri: string, options: OperationOptions): Promise<ReadonlyMap<string, number | null> | null> {
  const sizes = new Map<string, number | null>();
  try {
    for await (const page of dav.browse(uri, options)) {
      for (const resource of page) {
        const name = /\/(\d{5})$/.exec(resource.href)?.[1];
        if (name !== undefined) sizes.set(name, entryOf(resource).size);
      }
    }
    return sizes;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'not_found') return null;
    throw error;
  }
}

/** @param name of the temporary file */
export async function removeChunks(context: WebdavContext, chunks: Chunks, name: string): Promise<void> {
  await removeUri(context, chunkFolderUri(chunks, name));
}

/** Must not fail when there is nothing left. */
async function removeUri({ dav }: WebdavContext, uri: string): Promise<void> {
  try {
    await dav.remove(uri);
  } catch (error) {
    if (!(error instanceof StorageError) || (error.code !== 'not_found' && !isLost(error))) throw error;
  }
}
