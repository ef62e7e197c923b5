import { DEFAULT_PROOF_POLICY } from '../../shared/storage/evidence.ts';
import type { Locations } from './locations.ts';
import { makeFolders } from '../storage/make-folders.ts';

export const LOCAL_LIBRARY_NAME = 'Local library';

/** The location that is there at the first start, ready to use with no configuration. */
export async function addLocalLibrary(locations: Locations, folder: string): Promise<void> {
  await makeFolders(folder);
  await locations.add({ name: LOCAL_LIBRARY_NAME, backend: 'local', uri: folder, options: {}, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });
}
