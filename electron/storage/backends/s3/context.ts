import { StorageError } from '../../../../shared/storage/errors.ts';
import type { ByteBudget } from '../../byte-budget.ts';
import type { BackendContext, OperationOptions } from '../../storage-backend.ts';
import type { Findings } from './findings.ts';
import type { S3Session } from './session.ts';
import type { S3Settings } from './settings.ts';

/** What every file of a location shares. */
export interface S3Context extends BackendContext {
  readonly session: S3Session;
  readonly findings: Findings;
  readonly settings: S3Settings;
  /** bounds what all uploads of the location hold in memory */
  readonly memory: ByteBudget;
}

/** One object that is being written. */
export interface Target {
  readonly context: S3Context;
  readonly key: string;
  readonly uri: string;
}

export function requireWritable({ settings, findings }: Pick<S3Context, 'settings' | 'findings'>, uri: string): void {
  if (settings.readOnly) throw new StorageError('permission_denied', `This location is set to read only: nothing is written to ${uri}.`, { context: { uri, reason: 'location_read_only' } });
  if (findings.full) throw new StorageError('out_of_space', `There was no room for even a small object when ${uri} was opened: remove something, then open it again. ${findings.notTried ?? ''}`.trim(), { context: { uri } });
  if (!findings.write) throw new StorageError('permission_denied', `Nothing can be written to ${uri}: when the location was opened, it was tried. ${findings.notTried ?? ''}`.trim(), { context: { uri } });
}

/** As {@link requireWritable}, for what only removes: a full bucket lets that be. */
export function requireRemovable(context: Pick<S3Context, 'settings' | 'findings'>, uri: string): void {
  if (context.settings.readOnly || !context.findings.full) requireWritable(context, uri);
}

/** For where a request must be ended by the user as well as by the upload itself. */
export function anyOf(first: AbortSignal, { signal }: OperationOptions): AbortSignal {
  return signal === undefined ? first : AbortSignal.any([first, signal]);
}
