import type { Checksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type HttpClient, discard } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { inParallel } from './in-parallel.ts';
import { type Listed, listObjects } from './listing.ts';
import { SEGMENTS_FOLDER, UPLOADS_FOLDER, containerUri, encodedName, objectUri } from './names.ts';
import { askObjectIfThere } from './object-facts.ts';
import { ask } from './refusal.ts';
import { type SegmentPlace, type UploadNote, isUploadId, parseNote, uploadHeader } from './upload-note.ts';

/** Requests for many small objects at the same time. */
export const MANY = 8;
const MAX_NOTE_BYTES = 16 * 1024;

export interface SegmentStoreOptions {
  readonly client: HttpClient;
  readonly storageUrl: string;
  /** of the location, whose files these are segments of */
  readonly container: string;
  readonly place: SegmentPlace;
  /** headers for the container `NAME_segments` when it is made: as the location's own is stored, and read by whom that is read by */
  readonly containerHeaders: Readonly<Record<string, string>>;
}

/** A segment as the server lists it. */
export interface StoredSegment {
  readonly size: number | null;
  readonly md5: Checksum | null;
}

/**
 * Segments of large files, and notes of the uploads that are not finished: a note is written before the first segment and removed after
 * the manifest is there, so whatever has no note is in use or nobody's.
 */
export class SegmentStore {
  readonly place: SegmentPlace;
  readonly container: string;
  readonly #options: SegmentStoreOptions;
  #made: Promise<void> | null = null;

  constructor(options: SegmentStoreOptions) {
    this.#options = options;
    this.place = options.place;
    this.container = options.place === 'beside' ? `${options.container}_segments` : options.container;
  }

  /** For the manifest. */
  pathOf(id: string, number: number): string {
    return `/${this.container}/${segmentName(id, number)}`;
  }

  uriOf(id: string, number: number): string {
    return this.#uri(segmentName(id, number));
  }

  /** Makes the container when it is missing. @returns whether it was made now @throws StorageError permission_denied */
  async make({ signal }: OperationOptions = {}): Promise<boolean> {
    if (this.place === 'inside') return false;
    const { client, storageUrl, containerHeaders } = this.#options;
    const uri = containerUri(storageUrl, this.container);
    if ((await askObjectIfThere(client, uri, { signal })) !== null) return false;
    await discard(await ask(client, 'PUT', uri, { headers: { ...containerHeaders, 'content-length': '0' } }));
    return true;
  }

  /** Writes the note of an upload. To be called before its first segment. */
  async begin(id: string, note: UploadNote, options: OperationOptions = {}): Promise<void> {
    this.#made ??= this.make().then(() => undefined);
    try {
      await this.#made;
      const body = Buffer.from(JSON.stringify(note));
      await discard(await ask(this.#options.client, 'PUT', this.#uri(noteName(id)), { ...options, body, headers: { 'content-type': 'application/json' } }));
    } catch (error) {
      this.#made = null;
      throw error;
    }
  }

  /** Removes the note: the upload is finished, or nothing is left of it. */
  async end(id: string, options: OperationOptions = {}): Promise<void> {
    await this.#delete(this.#uri(noteName(id)), options);
  }

  /** By their numbers, from 1. */
  async segments(id: string, { signal }: OperationOptions = {}): Promise<ReadonlyMap<number, StoredSegment>> {
    const found = new Map<number, StoredSegment>();
    for await (const listed of this.#objects(`${SEGMENTS_FOLDER}/${id}/`, signal)) {
      const number = /\/(\d{8})$/.exec(listed.name)?.[1];
      if (number !== undefined) found.set(Number(number), { size: listed.size, md5: listed.md5 });
    }
    return found;
  }

  /** Ids of the uploads that have a note. */
  async ids({ signal }: OperationOptions = {}): Promise<readonly string[]> {
    const ids: string[] = [];
    for await (const { name } of this.#objects(`${UPLOADS_FOLDER}/`, signal)) {
      const id = name.slice(UPLOADS_FOLDER.length + 1);
      if (isUploadId(id)) ids.push(id);
    }
    return ids;
  }

  /** @returns null when there is none */
  async note(id: string, { signal }: OperationOptions = {}): Promise<UploadNote | null> {
    const { client } = this.#options;
    try {
      const text = await client.text(await ask(client, 'GET', this.#uri(noteName(id)), { signal }), MAX_NOTE_BYTES);
      return text === null ? null : parseNote(text);
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found') return null;
      throw error;
    }
  }

  /** The object that the upload was for consists of its segments: it was finished, only its note stayed. */
  async isUsed(id: string, note: UploadNote, { signal }: OperationOptions = {}): Promise<boolean> {
    const { client, storageUrl } = this.#options;
    const facts = await askObjectIfThere(client, objectUri(storageUrl, note.container, note.name), { signal, newest: true });
    return facts?.kind === 'segments' && facts.upload === uploadHeader({ id, place: this.place });
  }

  /** Removes the segments of an upload that has a note and is not in use, then the note. Does nothing when there is no note. */
  async discard(id: string, options: OperationOptions = {}): Promise<void> {
    const note = await this.note(id, options);
    if (note === null) return;
    if (!(await this.isUsed(id, note, options))) await this.removeSegments(id, [], options);
    await this.end(id, options);
  }

  /** Removes all segments of an upload: those listed, and those that the listing may not show yet. */
  async removeSegments(id: string, sent: Iterable<number> = [], options: OperationOptions = {}): Promise<void> {
    const numbers = new Set([...(await this.segments(id, options)).keys(), ...sent]);
    await inParallel(numbers, MANY, (number) => this.remove(id, number, options));
  }

  remove(id: string, number: number, options: OperationOptions = {}): Promise<void> {
    return this.#delete(this.uriOf(id, number), options);
  }

  async *#objects(prefix: string, signal: AbortSignal | undefined): AsyncGenerator<Extract<Listed, { readonly kind: 'object' }>> {
    const { client, storageUrl } = this.#options;
    try {
      for await (const page of listObjects(client, containerUri(storageUrl, this.container), { prefix, signal })) {
        for (const listed of page) if (listed.kind === 'object') yield listed;
      }
    } catch (error) {
      if (error instanceof StorageError && error.code === 'not_found' && this.place === 'beside') return;
      throw error;
    }
  }

  async #delete(uri: string, options: OperationOptions): Promise<void> {
    try {
      await discard(await ask(this.#options.client, 'DELETE', uri, options));
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'not_found') throw error;
    }
  }

  #uri(name: string): string {
    return `${containerUri(this.#options.storageUrl, this.container)}/${encodedName(name)}`;
  }
}

function segmentName(id: string, number: number): string {
  return `${SEGMENTS_FOLDER}/${id}/${String(number).padStart(8, '0')}`;
}

function noteName(id: string): string {
  return `${UPLOADS_FOLDER}/${id}`;
}
