import type { BackendDefinition } from './backend-definition.ts';
import { httpBackend } from './backends/http/definition.ts';
import { azureBackend } from './backends/azure/definition.ts';
import { localBackend } from './backends/local/definition.ts';
import { swiftBackend } from './backends/swift/definition.ts';
import { webdavBackend } from './backends/webdav/definition.ts';

/** Every backend that ships with Holdfast. */
export const BUILT_IN_BACKENDS: readonly BackendDefinition[] = [localBackend, httpBackend, azureBackend, swiftBackend, webdavBackend];
