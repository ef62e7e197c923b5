import type { SavedVersion } from '../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { errorRecord, request } from '../bridge.ts';

/** How an action of a dialog ended. */
export type Ended<T> = { readonly value: T; readonly error: null } | { readonly value: null; readonly error: ErrorRecord };

let lastJob = 0;

/** Asks where to save an earlier version and writes it there. The value is null when the user canceled. */
export async function saveVersion(locationId: string, path: string, versionId: string): Promise<Ended<SavedVersion | null>> {
  lastJob += 1;
  return ended(() => request('desktop.saveVersion', { jobId: `version-${Date.now().toString(36)}-${lastJob}`, locationId, path, versionId }));
}

/** Puts a link into the clipboard. The value is when it ends, ISO 8601. */
export async function copyLink(locationId: string, path: string, seconds: number): Promise<Ended<string>> {
  return ended(async () => (await request('desktop.copyLink', { locationId, path, seconds })).expiresAt);
}

/** Removes unfinished uploads by their ids. The value is how many. */
export async function discardUploads(locationId: string, uploads: readonly string[]): Promise<Ended<number>> {
  return ended(async () => (await request('locations.discard', { id: locationId, uploads: [...uploads] })).removed);
}

async function ended<T>(act: () => Promise<T>): Promise<Ended<T>> {
  try {
    return { value: await act(), error: null };
  } catch (error) {
    return { value: null, error: errorRecord(error) };
  }
}
