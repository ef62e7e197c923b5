import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { s3Failure } from './errors.ts';
import type { S3Session } from './session.ts';

/** The longest that signature version 4 allows: a week, in seconds. */
const LONGEST = 7 * 24 * 60 * 60;

/** A presigned address: whoever has it may read the object until it expires. Nothing is asked of the server. */
export async function linkTo(session: S3Session, key: string, seconds: number, uri: string): Promise<string> {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST) throw new StorageError('invalid_config', `A link cannot be valid for ${seconds} seconds: expected a whole number from 1 to ${LONGEST} (7 days).`);
  try {
    return await getSignedUrl(session.client, new GetObjectCommand({ Bucket: session.bucket, Key: key }), { expiresIn: seconds });
  } catch (error) {
    throw s3Failure(error, { doing: `make a link to ${uri}`, uri, server: session.server, secrets: [], signal: undefined });
  }
}
