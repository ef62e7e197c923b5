import { type ErrorCode, StorageError } from '../../../../shared/storage/errors.ts';
import { wrapError } from '../../wrap-error.ts';
import { STATUS } from './protocol/constants.ts';
import { SftpStatus } from './protocol/status.ts';

/** What the server's status codes mean; `failure` may mean anything, so who asked looks closer. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  [STATUS.noSuchFile]: 'not_found',
  [STATUS.noSuchPath]: 'not_found',
  [STATUS.permissionDenied]: 'permission_denied',
  [STATUS.writeProtect]: 'permission_denied',
  // OpenSSH answers so to names that are too long for its disk.
  [STATUS.badMessage]: 'invalid_location',
  [STATUS.invalidName]: 'invalid_location',
  [STATUS.notADirectory]: 'invalid_location',
  [STATUS.linkLoop]: 'invalid_location',
  [STATUS.noConnection]: 'unavailable',
  [STATUS.connectionLost]: 'unavailable',
  [STATUS.lockConflict]: 'unavailable',
  [STATUS.unsupported]: 'unsupported',
  [STATUS.alreadyExists]: 'already_exists',
  [STATUS.notEmpty]: 'already_exists',
  [STATUS.noSpace]: 'out_of_space',
  [STATUS.quotaExceeded]: 'out_of_space',
};

const WORDS: Partial<Record<ErrorCode, string>> = {
  not_found: 'it is not there',
  permission_denied: 'this account may not do that',
  invalid_location: 'the server cannot keep this name, or the path is too long',
  already_exists: 'there is something of that name already',
  out_of_space: 'there is no room left, or a quota is used up',
  unsupported: 'the server cannot do that',
};

/** Makes what the server answered into our error. `doing` completes "Could not ...". */
export function sftpError(error: unknown, doing: string, path: string): StorageError {
  if (!(error instanceof SftpStatus)) return wrapError(error, doing, { path });
  const code = CODES[error.status] ?? 'unexpected';
  const words = WORDS[code];
  return new StorageError(code, `Could not ${doing}: ${words ?? 'the server refuses without a reason'} (the server says ${JSON.stringify(error.message)}).`, { cause: error, context: { path, status: error.status } });
}

export function isFailure(error: unknown): boolean {
  return error instanceof SftpStatus && error.status === STATUS.failure;
}

export function isMissing(error: unknown): boolean {
  return error instanceof SftpStatus && CODES[error.status] === 'not_found';
}

export function isDenied(error: unknown): boolean {
  return error instanceof SftpStatus && CODES[error.status] === 'permission_denied';
}

/** Any refusal by the server, as opposed to a connection that is gone. */
export function isRefused(error: unknown): error is SftpStatus {
  return error instanceof SftpStatus;
}
