import { randomUUID } from 'node:crypto';
import { AbortMultipartUploadCommand, DeleteObjectCommand, DeleteObjectsCommand, ListObjectVersionsCommand, type ObjectIdentifier } from '@aws-sdk/client-s3';
import { decodeKey } from './keys.ts';
import type { S3Session } from './session.ts';

/** Names of the objects that a probe makes; what a crashed one left is known by it. */
export const PROBE_NAME = '.holdfast-probe-';

/** Objects that a probe makes under one name of its own, and how they go away again. */
export class Scratch {
  readonly key: string;
  readonly #session: S3Session;
  readonly #keys = new Set<string>();
  #upload: { readonly key: string; readonly id: string } | null = null;
  bulkDelete = false;

  constructor(session: S3Session, prefix: string) {
    this.#session = session;
    this.key = `${prefix}${PROBE_NAME}${randomUUID()}`;
  }

  /** A further key; also one whose request is refused may come to be. */
  named(what: string): string {
    const key = what === '' ? this.key : `${this.key}-${what}`;
    this.#keys.add(key);
    return key;
  }

  /** An upload in parts that must not stay; null once it is complete. */
  uploading(id: string | null): void {
    this.#upload = id === null ? null : { key: this.key, id };
  }

  /** Never fails: what the probe found, or failed with, matters more. May be called again. @param versions the bucket keeps, or kept, versions */
  async clear({ versions }: { readonly versions: boolean }): Promise<void> {
    if (this.#upload !== null) await this.#session.send(new AbortMultipartUploadCommand({ Bucket: this.#session.bucket, Key: this.#upload.key, UploadId: this.#upload.id }), { doing: 'tidy up after a probe' }).catch(() => undefined);
    this.uploading(null);
    if (this.#keys.size === 0) return;
    const objects: readonly ObjectIdentifier[] = versions ? await this.#versions() : [...this.#keys].map((Key) => ({ Key }));
    this.#keys.clear();
    this.bulkDelete = await this.#deleteAtOnce(objects);
    if (this.bulkDelete) return;
    await Promise.all(objects.map(({ Key, VersionId }) => this.#session.send(new DeleteObjectCommand({ Bucket: this.#session.bucket, Key, VersionId }), { doing: 'tidy up after a probe' }).catch(() => undefined)));
  }

  /** In a bucket that keeps versions each one must be named, or it stays for ever. */
  async #versions(): Promise<readonly ObjectIdentifier[]> {
    try {
      const { Versions = [], DeleteMarkers = [], EncodingType } = await this.#session.send(new ListObjectVersionsCommand({ Bucket: this.#session.bucket, Prefix: this.key, EncodingType: 'url' }), { doing: 'tidy up after a probe' });
      const found = [...Versions, ...DeleteMarkers].flatMap(({ Key = '', VersionId }) => {
        const key = EncodingType === 'url' ? decodeKey(Key) : Key;
        return key !== null && this.#keys.has(key) ? [{ Key: key, ...(VersionId !== undefined && VersionId !== 'null' && { VersionId }) }] : [];
      });
      if (found.length > 0) return found;
    } catch {
      // A server without versions, or one that does not let them be listed: then the names alone.
    }
    return [...this.#keys].map((Key) => ({ Key }));
  }

  async #deleteAtOnce(objects: readonly ObjectIdentifier[]): Promise<boolean> {
    try {
      const { Deleted = [], Errors = [] } = await this.#session.send(new DeleteObjectsCommand({ Bucket: this.#session.bucket, Delete: { Objects: [...objects] } }), { doing: 'tidy up after a probe' });
      return Errors.length === 0 && Deleted.length >= objects.length;
    } catch {
      return false;
    }
  }
}
