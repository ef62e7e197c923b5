import type { StorageTarget } from '../target.ts';
import { AZURE_TARGETS } from './azure.ts';

/** Every kind of storage on every server that the tests start. */
export const TARGETS: readonly StorageTarget[] = [...AZURE_TARGETS];
