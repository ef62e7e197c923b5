import type { ErrorRecord } from '../../shared/storage/errors.ts';
import type { Answer } from './group-commit.ts';
import type { Request } from './operations.ts';

/** What the database thread is started with. */
export interface ThreadData {
  readonly folder: string;
}

export type ToThread = { readonly kind: 'request'; readonly request: Request } | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'opened'; readonly notices: readonly string[] }
  | { readonly kind: 'failed'; readonly error: ErrorRecord }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] };
