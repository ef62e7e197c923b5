import { createBucket, deleteBucket, getBucketLocation, getBucketVersioning, headBucket, listBuckets, putBucketVersioning } from './s3-buckets.ts';
import { S3Error } from './s3-error.ts';
import type { S3Exchange } from './s3-exchange.ts';
import { listMultipartUploads, listObjectsV2, listObjectVersions } from './s3-listing.ts';
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload, listParts, uploadPart, uploadPartCopy } from './s3-multipart.ts';
import { getObject, getObjectAttributes } from './s3-reading.ts';
import { copyObject, deleteObject, deleteObjects, putObject } from './s3-writing.ts';

type Operation = (exchange: S3Exchange) => Promise<void> | void;

/** By the names of S3's API. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  HeadBucket: headBucket,
  GetBucketLocation: getBucketLocation,
  GetBucketVersioning: getBucketVersioning,
  PutBucketVersioning: putBucketVersioning,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListMultipartUploads: listMultipartUploads,
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: getObject,
  GetObjectAttributes: getObjectAttributes,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
};

export interface RequestShape {
  readonly method: string;
  readonly bucketName: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** `x-amz-copy-source` is there */
  readonly copies: boolean;
}

/** Parameters that stand for something that this server has not. */
const UNKNOWN = ['acl', 'tagging', 'policy', 'cors', 'lifecycle', 'encryption', 'object-lock', 'retention', 'legal-hold', 'torrent', 'restore', 'select', 'website', 'logging', 'notification', 'replication'];

/** Which operation a request is. @throws S3Error NotImplemented for one that is not here */
export function operationOf({ method, bucketName, key, query, copies }: RequestShape): string {
  if (UNKNOWN.some((name) => query.has(name))) throw notImplemented();
  const name = bucketName === '' ? (method === 'GET' ? 'ListBuckets' : undefined) : key === '' ? bucketOperation(method, query) : objectOperation(method, query, copies);
  if (name === undefined) throw notImplemented();
  return name;
}

function bucketOperation(method: string, query: ReadonlyMap<string, string>): string | undefined {
  if (method === 'GET') return query.has('versioning') ? 'GetBucketVersioning' : query.has('location') ? 'GetBucketLocation' : query.has('uploads') ? 'ListMultipartUploads' : query.has('versions') ? 'ListObjectVersions' : query.get('list-type') === '2' ? 'ListObjectsV2' : undefined;
  if (method === 'PUT') return query.has('versioning') ? 'PutBucketVersioning' : 'CreateBucket';
  if (method === 'POST') return query.has('delete') ? 'DeleteObjects' : undefined;
  return { HEAD: 'HeadBucket', DELETE: 'DeleteBucket' }[method];
}

function objectOperation(method: string, query: ReadonlyMap<string, string>, copies: boolean): string | undefined {
  if (method === 'GET') return query.has('attributes') ? 'GetObjectAttributes' : query.has('uploadId') ? 'ListParts' : 'GetObject';
  if (method === 'PUT') return query.has('uploadId') ? (copies ? 'UploadPartCopy' : 'UploadPart') : copies ? 'CopyObject' : 'PutObject';
  if (method === 'POST') return query.has('uploads') ? 'CreateMultipartUpload' : query.has('uploadId') ? 'CompleteMultipartUpload' : undefined;
  if (method === 'DELETE') return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  return method === 'HEAD' ? 'HeadObject' : undefined;
}

function notImplemented(): S3Error {
  return new S3Error(501, 'NotImplemented', 'A header or query you provided implies functionality that is not implemented.');
}
