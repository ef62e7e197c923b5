import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CopyObjectCommand, CreateMultipartUploadCommand, type CompletedPart, UploadPartCopyCommand } from '@aws-sdk/client-s3';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { Target } from './context.ts';
import { copySource } from './keys.ts';
import { askFacts, bareEtag, type ObjectFacts, versionOf } from './object-facts.ts';
import { choosePartSize, MIB } from './part-size.ts';

/** The most that CopyObject takes at once (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html). */
const MAX_WHOLE_COPY = 5 * 1024 * MIB;
const COPY_PART = 512 * MIB;
const PARALLEL_COPIES = 4;

export interface CopyFrom extends Target {
  readonly versionId?: string | undefined;
  readonly facts: ObjectFacts;
}

/** Copies inside the server, with metadata and type; the bytes are those that `from.facts` speaks of or it fails. @returns what the server says of the copy */
export async function copyObject(from: CopyFrom, to: Target, options: OperationOptions & { readonly largestWhole?: number }): Promise<ObjectFacts> {
  const { size } = from.facts;
  if (size === null) throw new StorageError('unsupported', `The server does not tell the size of ${from.uri}, so it cannot be copied.`, { context: { uri: from.uri } });
  const versionId = size <= (options.largestWhole ?? MAX_WHOLE_COPY) ? await copyWhole(from, to, size, options) : await copyInParts(from, to, size, options);
  const facts = await askFacts(to.context.session, to.key, { uri: to.uri, ...(versionId !== null && { versionId }), signal: options.signal });
  if (facts.size !== size) throw new StorageError('size_mismatch', `The server made ${facts.size ?? 'unknown'} bytes of ${size} when it copied ${from.uri} to ${to.uri}.`, { context: { uri: to.uri, expected: size, found: facts.size } });
  return facts;
}

async function copyWhole(from: CopyFrom, to: Target, size: number, { signal }: OperationOptions): Promise<string | null> {
  const { session, settings } = to.context;
  const { VersionId } = await session.send(
    new CopyObjectCommand({
      Bucket: session.bucket,
      Key: to.key,
      CopySource: copySource(from.context.session.bucket, from.key, from.versionId),
      ...(from.facts.etag !== '' && { CopySourceIfMatch: from.facts.etag }),
      ...(settings.storageClass !== null && { StorageClass: settings.storageClass as never }),
    }),
    { doing: `copy ${from.uri} to ${to.uri}`, uri: to.uri, workload: size, signal },
  );
  return versionOf(VersionId);
}

/** Larger than one request copies; what the object is beside its bytes must be given again. */
async function copyInParts(from: CopyFrom, to: Target, size: number, { signal }: OperationOptions): Promise<string | null> {
  const { session, settings } = to.context;
  const { head } = from.facts;
  const about = { doing: `copy ${from.uri} to ${to.uri}`, uri: to.uri, signal };
  const { UploadId } = await session.send(
    new CreateMultipartUploadCommand({
      Bucket: session.bucket,
      Key: to.key,
      ...(head.Metadata && { Metadata: head.Metadata }),
      ...(head.ContentType !== undefined && { ContentType: head.ContentType }),
      ...(head.ContentEncoding !== undefined && { ContentEncoding: head.ContentEncoding }),
      ...(head.ContentDisposition !== undefined && { ContentDisposition: head.ContentDisposition }),
      ...(head.ContentLanguage !== undefined && { ContentLanguage: head.ContentLanguage }),
      ...(head.CacheControl !== undefined && { CacheControl: head.CacheControl }),
      ...(settings.storageClass !== null && { StorageClass: settings.storageClass as never }),
    }),
    about,
  );
  try {
    const parts = await copyParts(from, to, UploadId, size, about);
    const { VersionId } = await session.send(new CompleteMultipartUploadCommand({ Bucket: session.bucket, Key: to.key, UploadId, MultipartUpload: { Parts: [...parts] } }), { ...about, workload: size });
    return versionOf(VersionId);
  } catch (error) {
    await session.send(new AbortMultipartUploadCommand({ Bucket: session.bucket, Key: to.key, UploadId }), { ...about, signal: undefined }).catch(() => undefined);
    throw error;
  }
}

async function copyParts(from: CopyFrom, to: Target, UploadId: string | undefined, size: number, about: OperationOptions & { readonly doing: string; readonly uri: string }): Promise<readonly CompletedPart[]> {
  const { session } = to.context;
  const partSize = choosePartSize(size, COPY_PART);
  const parts: CompletedPart[] = [];
  const starts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => index * partSize).values();
  const copyNext = async (): Promise<void> => {
    for (const start of starts) {
      const end = Math.min(start + partSize, size) - 1;
      const PartNumber = start / partSize + 1;
      const { CopyPartResult } = await session.send(
        new UploadPartCopyCommand({
          Bucket: session.bucket,
          Key: to.key,
          UploadId,
          PartNumber,
          CopySource: copySource(from.context.session.bucket, from.key, from.versionId),
          CopySourceRange: `bytes=${start}-${end}`,
          ...(from.facts.etag !== '' && { CopySourceIfMatch: from.facts.etag }),
        }),
        { ...about, workload: end - start },
      );
      parts[PartNumber - 1] = { PartNumber, ETag: bareEtag(CopyPartResult?.ETag) };
    }
  };
  // Taken in turns from one iterator; all end before the upload is given up.
  const ended = await Promise.allSettled(Array.from({ length: PARALLEL_COPIES }, copyNext));
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return parts;
}
