import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Target } from './context.ts';
import { askFacts } from './object-facts.ts';

/** The best that can be done where the server would replace the object: somebody else may come in between. @throws StorageError already_exists */
export async function requireAbsent({ context: { session }, key, uri }: Target, signal: AbortSignal | undefined): Promise<void> {
  try {
    await askFacts(session, key, { uri, signal });
  } catch (error) {
    if (error instanceof StorageError && error.code === 'not_found') return;
    throw error;
  }
  throw new StorageError('already_exists', `${uri} exists already.`, { context: { uri } });
}
