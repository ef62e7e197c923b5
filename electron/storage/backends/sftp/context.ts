import { StorageError } from '../../../../shared/storage/errors.ts';
import type { ByteBudget } from '../../byte-budget.ts';
import type { BackendContext } from '../../storage-backend.ts';
import type { ServerDigests } from './digest/server-digests.ts';
import type { Findings } from './findings.ts';
import type { ConnectionPool } from './pool.ts';
import type { RemoteRoot } from './remote-root.ts';

/** What the location shares with its files. */
export interface SftpContext extends BackendContext {
  readonly pool: ConnectionPool;
  readonly root: RemoteRoot;
  readonly findings: Findings;
  readonly digests: ServerDigests;
  /** nothing is ever written, whatever the server would allow */
  readonly readOnly: boolean;
  /** bounds the bytes that all uploads have under way */
  readonly budget: ByteBudget;
}

/** @throws StorageError permission_denied when the location is set to read only */
export function requireWritable({ readOnly, root }: SftpContext): void {
  if (readOnly) throw new StorageError('permission_denied', `This location is set to read only: nothing is written to ${root.uri('')}.`, { context: { uri: root.uri(''), reason: 'location_read_only' } });
}
