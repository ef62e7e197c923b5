import { StorageError } from '../../../../shared/storage/errors.ts';

/** The connection ended, or was given up, while something was under way. What only reads can be asked again on another one. */
export class ConnectionLost extends StorageError {
  constructor(where: string, why: string, cause?: unknown) {
    super('unavailable', `The connection to ${where} was lost: ${why}.`, { cause, context: { server: where } });
  }
}
