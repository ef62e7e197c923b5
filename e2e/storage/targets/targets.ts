import type { StorageTarget } from '../target.ts';

/** Every kind of storage on every server that the tests start. */
export const TARGETS: readonly StorageTarget[] = [];
