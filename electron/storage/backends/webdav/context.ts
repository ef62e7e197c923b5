import { type ErrorRecord, StorageError } from '../../../../shared/storage/errors.ts';
import type { BackendContext, SaveStreamOptions } from '../../operation-options.ts';
import type { PartialStyle } from '../../partial-name.ts';
import type { Turns } from '../../turns.ts';
import type { DavClient } from './dav-client.ts';
import type { Product, WriteFindings } from './findings.ts';
import { readOnlyLocation } from './settings.ts';

/** What all files of a location share. */
export interface WebdavContext extends BackendContext {
  readonly dav: DavClient;
  readonly product: Product | null;
  /** null: nothing is ever stored */
  readonly write: WriteFindings | null;
  /** why not */
  readonly notWritable: ErrorRecord | null;
  /** saves of one name are published one after the other */
  readonly publishing: Turns;
}

/** A save of which the size is known. */
export interface SizedOptions extends SaveStreamOptions {
  readonly size: number;
}

/** @throws StorageError with the reason that was found at connect */
export function requireWritable({ write, notWritable }: WebdavContext, uri: string): WriteFindings {
  if (write !== null) return write;
  if (notWritable?.context['reason'] === 'location_read_only') throw readOnlyLocation(uri);
  const code = notWritable === null || notWritable.code === 'unavailable' || notWritable.code === 'unsupported' ? 'permission_denied' : notWritable.code;
  throw new StorageError(code, `Nothing can be stored at ${uri}: ${notWritable?.message ?? 'the server takes nothing.'}`, { context: { uri } });
}

/** The folder that a file lies in, with a slash at the end. */
export function folderOf(uri: string): string {
  return uri.slice(0, uri.lastIndexOf('/', uri.length - 2) + 1);
}

/** The line went dead before an answer came, so nobody knows what the server did. */
export function isLost(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'unavailable' && error.context['status'] === undefined && error.context['startOver'] !== true;
}

/** Temporary files must be seen again by whoever tidies up. */
export function tempNameStyle({ write }: WebdavContext): PartialStyle {
  return write?.hidesDotNames === true ? 'visible' : 'temp';
}
