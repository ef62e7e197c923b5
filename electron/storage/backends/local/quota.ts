import { constants } from 'node:os';
import { StorageError } from '../../../../shared/storage/errors.ts';

/** Node has no name for EDQUOT (errno(3)) and calls it an unknown error; people need to hear of their quota. Other errors pass as they are. */
export function nameQuotaError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errno' in error) || error.errno !== -constants.errno.EDQUOT) return error;
  return new StorageError('out_of_space', 'The disk quota of this user is used up.', { cause: error, context: { system: 'EDQUOT' } });
}
