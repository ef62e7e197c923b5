import { StorageError } from '../../../../shared/storage/errors.ts';
import { type WebdavContext, folderOf, isLost } from './context.ts';
import type { Entry } from './entry.ts';

/** A finished file under its temporary name. */
interface Temporary {
  readonly uri: string;
  lookIfThere(): Promise<Entry | null>;
}

interface PublishOptions {
  readonly overwrite: boolean;
  /** bytes of the file */
  readonly size: number;
}

/** Failures of which the state of the server's folder is no explanation. */
const UNRELATED: ReadonlySet<string> = new Set(['authentication_failed', 'rate_limited', 'untrusted_server', 'canceled']);

/**
 * Gives a finished file its name in one step (RFC 4918 section 9.9). It is first moved so that nothing is replaced, and over a file only
 * after a look that it is one: to replace a folder would remove all that is in it.
 * @throws StorageError already_exists
 */
export async function publishTemp(context: WebdavContext, temp: Temporary, target: string, options: PublishOptions): Promise<void> {
  const end = await context.publishing.take(target, undefined);
  try {
    if (context.write?.noOverwrite === true) {
      const refused = await moveTemp(context, temp, target, options.size, false);
      if (refused === null) return;
      if (!(await isReplaceable(context, target, options.overwrite))) throw await explained(context, temp, target, refused);
    } else await isReplaceable(context, target, options.overwrite);
    const refused = await moveTemp(context, temp, target, options.size, true);
    if (refused !== null) throw await explained(context, temp, target, refused);
  } finally {
    end();
  }
}

/** @returns whether a file is there that may be replaced @throws StorageError already_exists when something is there that may not */
async function isReplaceable({ dav }: WebdavContext, target: string, overwrite: boolean): Promise<boolean> {
  const there = await dav.lookIfThere(target);
  if (there === null) return false;
  if (there.kind === 'folder') throw new StorageError('already_exists', `${target} is a folder already: expected a free name or a file.`, { context: { uri: target } });
  if (!overwrite) throw new StorageError('already_exists', `${target} exists already.`, { context: { uri: target } });
  return true;
}

/** @returns null when it was moved, else why not. A lost answer is looked up: nobody else moves the temporary file. */
async function moveTemp({ dav }: WebdavContext, temp: Temporary, target: string, size: number, overwrite: boolean): Promise<StorageError | null> {
  for (let last = false; ; last = true) {
    try {
      await dav.move(temp.uri, target, { overwrite, workload: size });
      return null;
    } catch (error) {
      if (!(error instanceof StorageError) || UNRELATED.has(error.code)) throw error;
      if (!isLost(error)) return error;
      if ((await temp.lookIfThere()) === null && (await dav.lookIfThere(target))?.size === size) return null;
      if (last) throw error;
    }
  }
}

/** Servers say little about why a move failed, e.g. 403 or 500 for a missing folder. */
async function explained({ dav }: WebdavContext, temp: Temporary, target: string, refused: StorageError): Promise<StorageError> {
  const because = (code: 'not_found' | 'unavailable', message: string) => new StorageError(code, message, { cause: refused, context: refused.context });
  const folder = folderOf(target);
  if ((await dav.lookIfThere(folder)) === null) return because('not_found', `The folder ${folder} is not there any more.`);
  if ((await temp.lookIfThere()) === null) return because('unavailable', `The uploaded file ${temp.uri} is not there any more: somebody removed it before it got its name.`);
  return refused;
}
