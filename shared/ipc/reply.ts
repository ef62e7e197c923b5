import type { ErrorRecord } from '../storage/errors.ts';

/** What main answers to every request: data, never a thrown error. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ErrorRecord };
