import type { FileRow } from '../../shared/ipc/views.ts';
import { checksumHex } from '../../shared/storage/checksum.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { errorRecord, request } from '../bridge.ts';
import { acceptRow, dropRows, refreshFolder, setRenaming, useBrowser } from '../stores/browser-store.ts';
import { tell } from '../stores/messages-store.ts';
import { strings } from '../strings.ts';

/** What a person does with stored files. */

/** Never throws: a refused name becomes a message and the old name stays. */
export async function renameFile(locationId: string, row: FileRow, name: string): Promise<void> {
  setRenaming(null);
  if (name === row.name || name.trim() === '') return;
  try {
    const renamed = await request('browse.rename', { locationId, path: row.path, name });
    if (isShown(locationId)) acceptRow(row.path, renamed);
  } catch (error) {
    tell(errorRecord(error));
  }
}

/** @returns the error, for the dialog; null when the files are gone */
export async function deleteFiles(locationId: string, paths: readonly string[]): Promise<ErrorRecord | null> {
  try {
    await request('browse.remove', { locationId, paths: [...paths] });
    if (isShown(locationId)) dropRows(paths);
    tell(strings.told.deleted(paths.length));
    return null;
  } catch (error) {
    // some of them may be gone
    if (isShown(locationId)) void refreshFolder();
    return errorRecord(error);
  }
}

/** @returns the error, for the dialog; null when the folder is there */
export async function makeFolder(locationId: string, path: string, name: string): Promise<ErrorRecord | null> {
  try {
    const row = await request('browse.makeDirectory', { locationId, path, name });
    if (isShown(locationId, path)) acceptRow(row.path, row);
    return null;
  } catch (error) {
    return errorRecord(error);
  }
}

export async function revealFile(locationId: string, path: string): Promise<void> {
  try {
    await request('desktop.reveal', { what: 'file', locationId, path });
  } catch (error) {
    tell(errorRecord(error));
  }
}

export async function revealDataFolder(): Promise<void> {
  try {
    await request('desktop.reveal', { what: 'data folder' });
  } catch (error) {
    tell(errorRecord(error));
  }
}

/** @returns whether it is in the clipboard now; a failure becomes a message */
export async function copyText(text: string): Promise<boolean> {
  try {
    await request('clipboard.write', { text });
    return true;
  } catch (error) {
    tell(errorRecord(error));
    return false;
  }
}

/** The digest of a row that is worth copying, as bare hexadecimal digits for other tools; null when none is known. */
export function rowDigest(row: FileRow): string | null {
  const checksum = row.integrity.kind === 'proven' ? row.integrity.checksum : row.checksum;
  return checksum === null ? null : checksumHex(checksum);
}

function isShown(locationId: string, path?: string): boolean {
  const { place } = useBrowser.getState();
  return place?.locationId === locationId && (path === undefined || place.path === path);
}
