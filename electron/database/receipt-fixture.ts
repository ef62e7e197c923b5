import type { Receipt } from '../../shared/transfers/transfer.ts';
import type { Database } from './database.ts';

const AT = '2026-11-24T00:00:00.000Z';

/** For tests: uploads that ended well, one a path, with a receipt each. */
export async function receiptFixture(database: Database, paths: readonly string[]): Promise<void> {
  const { owners, batches, walks, transfers } = database.journal;
  await owners.register({ id: 'owner', pid: process.pid, host: 'host', started: 0, heartbeat: 0 });
  const batch = await batches.add({ id: 'batch', owner: 'owner', title: 't', direction: 'upload', conflict: 'overwrite', locationId: 'loc', root: '', options: '{}', queuedAt: AT, walks: [] });
  const rows = paths.map((path) => ({ kind: 'file' as const, source: `/home/ada/${path}`, destination: path, size: 3, error: null }));
  await walks.step({ batch: batch.seq, owner: 'owner', current: null, done: [], transfers: rows, folders: [], at: AT });
  for (const path of paths) {
    const row = await transfers.claim(batch.seq, 'owner', 0);
    if (row === null) throw new Error('nothing was queued');
    await transfers.finish(row.seq, 'owner', { state: 'done', receipt: receiptOf(row.seq, path), fileState: null, destination: path }, AT);
  }
}

function receiptOf(seq: number, path: string): Receipt {
  return {
    id: `receipt ${seq}`, transferId: String(seq), direction: 'upload',
    source: { endpoint: { kind: 'local', path: `/home/ada/${path}` }, uri: `file:///home/ada/${path}`, size: 3, modifiedBefore: null, modifiedAfter: null },
    destination: { endpoint: { kind: 'location', locationId: 'loc', path }, locationName: 'Archive', uri: `memory:///${path}`, versionId: null },
    size: 3, checksums: {}, evidence: [], resumed: [], errors: [], attempts: 1, startedAt: AT, finishedAt: AT, appVersion: '0.0.0-test',
  };
}
