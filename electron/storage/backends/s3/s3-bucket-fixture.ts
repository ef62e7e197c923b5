import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectVersionsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { ConformanceHarness } from '../../testing/conformance.ts';
import { s3Backend } from './definition.ts';
import type { S3Location } from './location.ts';

/** A server of the tests and somebody who may write to it. */
export interface TestServer {
  readonly endpoint: string;
  readonly user: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A client that is no part of the backend, to look at a bucket from outside. */
export function outsideClient({ endpoint, user: { accessKeyId, secretAccessKey } }: TestServer): S3Client {
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey }, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' });
}

export async function freshBucket(client: S3Client): Promise<string> {
  const Bucket = `test-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

/** @param through another address of the server, e.g. a proxy's */
export async function connectTo(server: TestServer, bucket: string, { options = {}, ...config }: Partial<ConnectConfig> = {}, through = server.endpoint): Promise<S3Location> {
  const { accessKeyId, secretAccessKey } = server.user;
  return (await s3Backend.connect({ uri: `s3://${bucket}/`, secret: secretAccessKey, proof: DEFAULT_PROOF_POLICY, sizeLimit: null, options: { endpoint: through, region: 'us-east-1', accessKeyId, ...options }, ...config })) as S3Location;
}

/** Keys of all objects and of all uploads in parts that are not finished, markers of folders left out. */
export async function residueOf(client: S3Client, bucket: string): Promise<readonly string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url', ...(token !== undefined && { ContinuationToken: token }) }));
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => decodeURIComponent(Key.replaceAll('+', ' '))).filter((key) => !key.endsWith('/')));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return [...keys, ...Uploads.map(({ Key = '' }) => `unfinished: ${Key}`)];
}

export async function versionsIn(client: S3Client, bucket: string): Promise<number> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  return Versions.length + DeleteMarkers.length;
}

/** What of a fault proxy is needed here. */
interface StallingProxy {
  readonly host: string;
  readonly port: number;
  set(rules: { readonly up: { readonly stallAfter: number } }): void;
  clear(): void;
}

export interface HarnessOptions {
  readonly options?: ConnectConfig['options'];
  /** below this folder of the bucket */
  readonly folder?: string;
  readonly refusedNames?: readonly string[];
  /** connections go through it, so that it can stall them */
  readonly proxy?: () => StallingProxy;
}

/** A bucket of its own for each case. */
export function bucketHarness(server: () => TestServer, { options = {}, folder = '', refusedNames = [], proxy }: HarnessOptions = {}): ConformanceHarness {
  let client: S3Client | null = null;
  let bucket = '';
  return {
    async open({ sizeLimit = null, proof = DEFAULT_PROOF_POLICY } = {}) {
      client ??= outsideClient(server());
      bucket = await freshBucket(client);
      const through = proxy === undefined ? server().endpoint : `http://${proxy().host}:${proxy().port}`;
      return connectTo(server(), bucket, { uri: `s3://${bucket}/${folder}`, options, sizeLimit, proof }, through);
    },
    residue: async () => (client === null ? [] : (await residueOf(client, bucket)).map((key) => (key.startsWith(folder) ? key.slice(folder.length) : `outside: ${key}`))),
    refusedNames,
    ...(proxy && {
      stall: () => {
        proxy().set({ up: { stallAfter: 0 } });
        return Promise.resolve(() => proxy().clear());
      },
    }),
    close: () => Promise.resolve(client?.destroy()),
  };
}
