import type { BackendDefinition } from './backend-definition.ts';
import { azureBackend } from './backends/azure/definition.ts';
import { ftpBackend } from './backends/ftp/definition.ts';
import { httpBackend } from './backends/http/definition.ts';
import { localBackend } from './backends/local/definition.ts';
import { s3Backend } from './backends/s3/definition.ts';
import { sftpBackend } from './backends/sftp/definition.ts';
import { swiftBackend } from './backends/swift/definition.ts';
import { tusBackend } from './backends/tus/definition.ts';
import { webdavBackend } from './backends/webdav/definition.ts';

/** Every backend that ships with Holdfast, in the order in which they are offered. */
export const BUILT_IN_BACKENDS: readonly BackendDefinition[] = [localBackend, sftpBackend, ftpBackend, webdavBackend, s3Backend, azureBackend, swiftBackend, tusBackend, httpBackend];
