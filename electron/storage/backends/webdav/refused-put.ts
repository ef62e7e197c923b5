import type { Checksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { parentPath } from '../../../../shared/storage/path.ts';
import { uriOf } from '../../http/uri.ts';
import { newPartialName } from '../../partial-name.ts';
import { type WebdavContext, folderOf, tempNameStyle } from './context.ts';
import { browseFolder } from './listing.ts';

/** Statuses that servers give for everything that their disk refuses. */
const VAGUE: ReadonlySet<unknown> = new Set([405, 500]);

/** Finds out why a PUT was refused, where the status alone does not tell. @returns what to throw; errors that are no refusal come back as they are */
export async function explainRefusedPut(context: WebdavContext, uri: string, size: number | undefined, error: unknown): Promise<unknown> {
  if (!(error instanceof StorageError) || error.context['status'] === undefined) return error;
  const { status, words } = error.context;
  const said = typeof words === 'string' ? ` It says: ${words}` : '';
  const folder = folderOf(uri);
  const because = (code: 'not_found' | 'out_of_space' | 'permission_denied', message: string) => new StorageError(code, message, { cause: error, context: error.context });
  if (status === 404 || status === 409) {
    const missing = (await context.dav.lookIfThere(folder)) === null;
    return missing ? because('not_found', `There is no folder ${folder}: make it first.`) : error;
  }
  // The refused name is one of ours that nobody knows.
  const bytes = size === undefined ? 'the bytes' : `the ${size.toLocaleString('en-US')} bytes`;
  if (status === 507) return because('out_of_space', `The server has no room for ${bytes} in ${folder} (507).${said}`);
  if (status === 413) return new StorageError('size_limit_exceeded', `The server takes no file of that size in ${folder}: it refused ${bytes} (413).${said}`, { cause: error, context: error.context });
  if (!VAGUE.has(status)) return error;
  // A product with a database fails for many reasons, and says when it is full.
  if (await takesEmptyFile(context, folder)) {
    if (context.product !== null) return error;
    // What was found out stands, whether the folder can be tidied up or not: rclone breaks off a listing of a full disk.
    await removeDebris(context, uri).catch(() => undefined);
    return because('out_of_space', `The server refused ${bytes} for ${folder}, but takes an empty file there: its disk is probably full, or it limits the size. ${error.message}`);
  }
  return because('permission_denied', `The server takes nothing in ${folder}, not even an empty file: its account may not write there. ${error.message}`);
}

/** A digest that does not fit is said with 400 by ownCloud, and by no status that is fixed elsewhere. @param sent that the server compares */
export function refusedDigest(error: unknown, sent: Checksum): unknown {
  if (!(error instanceof StorageError) || (error.context['status'] !== 400 && error.context['status'] !== 422)) return error;
  return new StorageError('checksum_mismatch', `The bytes did not arrive as they were sent (${sent}): ${error.message}`, { cause: error, context: { ...error.context, expected: sent, found: null } });
}

/** nginx leaves what it could not copy to a full disk, under the temporary name with a number of its own. */
async function removeDebris({ dav }: WebdavContext, uri: string): Promise<void> {
  const place = dav.hrefs.read(uri);
  if (place === null) return;
  const debris: string[] = [];
  for await (const page of browseFolder(dav, parentPath(place.path))) {
    for (const { path } of page) if (path.startsWith(`${place.path}.`) && /\.\d{10}$/.test(path)) debris.push(path);
  }
  for (const path of debris) await dav.remove(uriOf(dav.root, path));
}

async function takesEmptyFile(context: WebdavContext, folder: string): Promise<boolean> {
  const { dav } = context;
  const uri = folder + newPartialName(false, tempNameStyle(context));
  try {
    await dav.put(uri, { body: new Uint8Array(0) });
    await dav.remove(uri);
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.context['status'] !== undefined) return false;
    throw error;
  }
}
