import { randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeServerFolder, removeServerFolder } from '../real/server-process.ts';
import type { ChecksumName, ChecksumType, StoredChecksum } from './s3-checksums.ts';
import { S3Error } from './s3-error.ts';

/** A file on disk with bytes of an object. */
export interface Blob {
  readonly file: string;
  readonly size: number;
}

export interface StoredPart {
  readonly number: number;
  readonly blob: Blob;
  /** MD5, hexadecimal */
  readonly etag: string;
  readonly checksum: StoredChecksum | null;
  readonly modified: Date;
}

/** One version of an object, or the mark that it was deleted. */
export interface S3Version {
  readonly key: string;
  /** `null` without versioning */
  readonly id: string;
  readonly deleted: boolean;
  /** in order; one for each part */
  readonly blobs: readonly Blob[];
  readonly size: number;
  /** without quotes */
  readonly etag: string;
  readonly checksum: StoredChecksum | null;
  /** of multipart uploads */
  readonly parts: readonly StoredPart[] | null;
  readonly modified: Date;
  /** given back as they came: content type, user's own ... */
  readonly headers: Readonly<Record<string, string>>;
  readonly storageClass: string;
}

export interface S3Upload {
  readonly id: string;
  readonly key: string;
  readonly started: Date;
  /** access key of who began it */
  readonly initiator: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly storageClass: string;
  /** as asked for at its start */
  readonly algorithm: ChecksumName | null;
  readonly type: ChecksumType | null;
  readonly parts: Map<number, StoredPart>;
}

export interface Bucket {
  readonly name: string;
  readonly created: Date;
  versioning: 'Enabled' | 'Suspended' | null;
  /** newest first */
  readonly versions: Map<string, S3Version[]>;
  readonly uploads: Map<string, S3Upload>;
}

/** What the server holds: names in memory, bytes in a temporary folder of its own. */
export class S3Store {
  readonly #folder: string;
  readonly #buckets = new Map<string, Bucket>();
  readonly #sorted = new WeakMap<Bucket, readonly string[]>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<S3Store> {
    return new S3Store(await makeServerFolder('s3'));
  }

  buckets(): readonly Bucket[] {
    return [...this.#buckets.values()];
  }

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
    return bucket;
  }

  createBucket(name: string): void {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.', { BucketName: name });
    if (this.#buckets.has(name)) throw new S3Error(409, 'BucketAlreadyOwnedByYou', 'Your previous request to create the named bucket succeeded and you already own it.', { BucketName: name });
    this.#buckets.set(name, { name, created: new Date(), versioning: null, versions: new Map(), uploads: new Map() });
  }

  async deleteBucket(name: string): Promise<void> {
    const bucket = this.bucket(name);
    if (bucket.versions.size > 0) throw new S3Error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty');
    for (const upload of bucket.uploads.values()) await this.endUpload(bucket, upload, []);
    this.#buckets.delete(name);
  }

  newBlob(): string {
    return join(this.#folder, randomUUID());
  }

  /** The newest version, which may be the mark of a deletion. */
  current(bucket: Bucket, key: string): S3Version | undefined {
    return bucket.versions.get(key)?.[0];
  }

  /** Whether a reader finds something under this key. */
  exists(bucket: Bucket, key: string): boolean {
    const current = this.current(bucket, key);
    return current !== undefined && !current.deleted;
  }

  /** All keys with versions, in the order of their UTF-8 bytes. */
  keys(bucket: Bucket): readonly string[] {
    const known = this.#sorted.get(bucket);
    if (known !== undefined) return known;
    const keys = [...bucket.versions.keys()].map((key) => ({ key, bytes: Buffer.from(key) })).sort((a, b) => Buffer.compare(a.bytes, b.bytes)).map(({ key }) => key);
    this.#sorted.set(bucket, keys);
    return keys;
  }

  newVersionId(bucket: Bucket): string {
    return bucket.versioning === 'Enabled' ? randomBytes(16).toString('hex') : 'null';
  }

  /** Puts a version on top; without versioning the one before goes. */
  async publish(bucket: Bucket, version: S3Version): Promise<void> {
    const before = bucket.versions.get(version.key) ?? [];
    if (before.length === 0) this.#sorted.delete(bucket);
    const replaced = version.id === 'null' ? before.filter(({ id }) => id === 'null') : [];
    bucket.versions.set(version.key, [version, ...before.filter((one) => !replaced.includes(one))]);
    for (const { blobs } of replaced) await removeBlobs(blobs);
  }

  /** Removes one version for good. */
  async remove(bucket: Bucket, { key, id }: S3Version): Promise<void> {
    const versions = bucket.versions.get(key) ?? [];
    const left = versions.filter((one) => one.id !== id);
    if (left.length > 0) bucket.versions.set(key, left);
    else {
      bucket.versions.delete(key);
      this.#sorted.delete(bucket);
    }
    for (const one of versions) if (one.id === id) await removeBlobs(one.blobs);
  }

  /** Ends an upload; of its parts only the kept ones stay on disk. */
  async endUpload(bucket: Bucket, upload: S3Upload, kept: readonly StoredPart[]): Promise<void> {
    bucket.uploads.delete(upload.id);
    await removeBlobs([...upload.parts.values()].filter((part) => !kept.includes(part)).map(({ blob }) => blob));
  }

  /** Blobs that belong to nothing: left behind by requests that failed. */
  async orphans(): Promise<readonly string[]> {
    const used = new Set<string>();
    for (const { versions, uploads } of this.#buckets.values()) {
      for (const { blobs } of [...versions.values()].flat()) for (const { file } of blobs) used.add(file);
      for (const { parts } of uploads.values()) for (const { blob } of parts.values()) used.add(blob.file);
    }
    return (await readdir(this.#folder)).map((name) => join(this.#folder, name)).filter((file) => !used.has(file));
  }

  async close(): Promise<void> {
    this.#buckets.clear();
    await removeServerFolder(this.#folder);
  }
}

export async function removeBlobs(blobs: readonly Blob[]): Promise<void> {
  for (const { file } of blobs) await rm(file, { force: true });
}

/** The stored bytes from `start` to `end`, which is included. */
export async function* readBlobs(blobs: readonly Blob[], start = 0, end = Number.POSITIVE_INFINITY): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const { file, size } of blobs) {
    const from = Math.max(0, start - offset);
    const to = Math.min(size - 1, end - offset);
    offset += size;
    if (from <= to) yield* createReadStream(file, { start: from, end: to, highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
  }
}
