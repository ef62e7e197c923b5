import type { S3FixtureUser } from './s3-signature.ts';

/** How the server is when nothing goes wrong; may be changed while it runs. */
export interface S3FixtureOptions {
  users: readonly S3FixtureUser[];
  region: string;
  /** how far its clock is ahead, in ms */
  clockOffsetMs: number;
  /** smallest part but the last, in bytes */
  minimumPart: number;
  /** largest object of one PUT and largest part, in bytes */
  maximumPut: number;
  /** most entries of a page of a listing */
  pageSize: number;
}

export const S3_FIXTURE_USER: S3FixtureUser = { accessKeyId: 'AKFIXTURE', secretAccessKey: 'secret-of-the-fixture' };
export const S3_FIXTURE_READER: S3FixtureUser = { accessKeyId: 'AKREADER', secretAccessKey: 'secret-of-the-reader', readOnly: true };

export const S3_DEFAULTS: Readonly<S3FixtureOptions> = {
  users: [S3_FIXTURE_USER, S3_FIXTURE_READER],
  region: 'us-east-1',
  clockOffsetMs: 0,
  minimumPart: 5 * 1024 * 1024,
  maximumPut: 5 * 1024 ** 3,
  pageSize: 1000,
};
