import type { LocationSuggestion } from '../../shared/storage/location.ts';
import { errorRecord, request } from '../bridge.ts';
import { tell } from '../stores/messages-store.ts';

/** Asks for a file or folder whose path is part of a location. @returns null when nothing was chosen; a failure becomes a message */
export async function pickPath(kind: 'file' | 'folder', title: string): Promise<string | null> {
  try {
    return await request('desktop.pickPath', { kind, title });
  } catch (error) {
    tell(errorRecord(error));
    return null;
  }
}

/** What a backend found on this computer. A failure is a message: the form can be filled in by hand. */
export async function loadSuggestions(backend: string): Promise<readonly LocationSuggestion[]> {
  try {
    return await request('backends.suggestions', { backend });
  } catch (error) {
    tell(errorRecord(error));
    return [];
  }
}
