import { StorageError } from '../../../../shared/storage/errors.ts';
import { newPartialName } from '../../partial-name.ts';
import { type WebdavContext, folderOf } from './context.ts';

/** Statuses that servers give for everything that their disk refuses. */
const VAGUE: ReadonlySet<unknown> = new Set([403, 405, 500]);

/** Finds out why a PUT was refused, where the status alone does not tell. @returns what to throw; errors that are no refusal come back as they are */
export async function explainRefusedPut(context: WebdavContext, uri: string, size: number | undefined, error: unknown): Promise<unknown> {
  if (!(error instanceof StorageError) || error.context['status'] === undefined) return error;
  const { status } = error.context;
  const folder = folderOf(uri);
  const because = (code: 'not_found' | 'out_of_space' | 'permission_denied', message: string) => new StorageError(code, message, { cause: error, context: error.context });
  if (status === 404 || status === 409) {
    const missing = (await context.dav.lookIfThere(folder)) === null;
    return missing ? because('not_found', `There is no folder ${folder}: make it first.`) : error;
  }
  if (!VAGUE.has(status)) return error;
  // A product with a database fails for many reasons, and says when it is full.
  if (await takesEmptyFile(context, folder)) return status === 403 || context.product !== null ? error : because('out_of_space', `The server refused ${size ?? 'the'} bytes for ${folder} with ${String(status)}, but takes an empty file there: its disk is probably full, or it limits the size.`);
  return because('permission_denied', `The server takes nothing in ${folder}, not even an empty file (${String(status)}): its account may not write there.`);
}

async function takesEmptyFile({ dav }: WebdavContext, folder: string): Promise<boolean> {
  const uri = folder + newPartialName(false, 'temp');
  try {
    await dav.put(uri, { body: new Uint8Array(0) });
    await dav.remove(uri);
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.context['status'] !== undefined) return false;
    throw error;
  }
}
