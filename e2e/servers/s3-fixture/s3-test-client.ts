import { createHash, randomBytes } from 'node:crypto';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { S3_FIXTURE_USER, type S3Fixture } from '../s3-fixture.ts';

/** A client of the fixture that tries everything once. */
export function clientOf(fixture: S3Fixture, config: Partial<S3ClientConfig> = {}): S3Client {
  const { accessKeyId, secretAccessKey } = S3_FIXTURE_USER;
  return new S3Client({ endpoint: fixture.endpoint(), region: fixture.options.region, forcePathStyle: true, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey }, ...config });
}

export const base64 = (algorithm: string, data: string | Uint8Array) => createHash(algorithm).update(data).digest('base64');

/** Parts that S3 takes: all but the last of 5 MiB. */
export function partsOf(count: number, last = 1234): Buffer[] {
  return Array.from({ length: count }, (_, at) => randomBytes(at === count - 1 ? last : 5 * 1024 * 1024));
}
