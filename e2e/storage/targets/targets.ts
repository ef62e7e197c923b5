import type { StorageTarget } from '../target.ts';
import { AZURE_TARGETS } from './azure.ts';
import { FTP_TARGETS } from './ftp.ts';
import { S3_TARGETS } from './s3.ts';
import { SFTP_TARGETS } from './sftp.ts';
import { SWIFT_TARGETS } from './swift.ts';
import { TUS_TARGETS } from './tus.ts';
import { WEBDAV_TARGETS } from './webdav.ts';

/** Every kind of storage on every server that the tests start. */
export const TARGETS: readonly StorageTarget[] = [...SFTP_TARGETS, ...FTP_TARGETS, ...WEBDAV_TARGETS, ...S3_TARGETS, ...AZURE_TARGETS, ...SWIFT_TARGETS, ...TUS_TARGETS];
