import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TransfersOverview } from '../../shared/ipc/views.ts';
import type { Transfer, TransferStatus } from '../../shared/transfers/transfer.ts';
import { request } from '../bridge.ts';
import { acceptOverview, loadTransferPage, pageKey, useTransfers } from './transfers-store.ts';

vi.mock('../bridge.ts', () => ({ request: vi.fn(), errorRecord: (error: unknown) => ({ code: 'unexpected', message: String(error), retryable: false, context: {} }) }));

const counts = { queued: 0, transferring: 0, verifying: 0, done: 0, failed: 0, paused: 0, canceled: 0 };
const transfer = (id: string, status: TransferStatus): Transfer => ({ id, batchId: 'b', direction: 'upload', source: { kind: 'local', path: '/x' }, destination: { kind: 'location', locationId: 'l', path: 'x' }, size: 3, status, attempts: 1, queuedAt: '', finishedAt: null });
const running = (id: string) => ({ ...transfer(id, { state: 'transferring', progress: { bytes: 2, total: 3 } }), bytesPerSecond: 5, secondsLeft: 1 });
const overview = (revision: number, active: TransfersOverview['active']): TransfersOverview => ({ revision, counts, batches: [], active, bytesPerSecond: revision, secondsLeft: null, paused: false });
const stored: TransferStatus = { state: 'done', outcome: 'stored', receiptId: 'r', checksums: {}, evidence: [] };
const answer = (rows: readonly Transfer[]) => vi.mocked(request).mockResolvedValueOnce({ rows, total: rows.length } as never);
const fresh = useTransfers.getState();

beforeEach(() => useTransfers.setState(fresh, true));
afterEach(() => vi.mocked(request).mockReset());

describe('rows under way', () => {
  it('stay as seen last when they end, until their page tells how', async () => {
    acceptOverview(overview(1, [running('t1')]), 0);
    acceptOverview(overview(2, []), 100);
    expect(useTransfers.getState().live.get('t1')).toMatchObject({ status: { state: 'transferring' }, bytesPerSecond: null });
    answer([transfer('t1', stored)]);
    await loadTransferPage('b', 0);
    expect(useTransfers.getState().live.has('t1')).toBe(false);
    expect(useTransfers.getState().pages.get(pageKey('b', 0))?.rows[0]?.status).toEqual(stored);
  });

  it('do not fall back to an answer that is older than their end', async () => {
    acceptOverview(overview(1, [running('t1')]), 0);
    let deliver: (page: unknown) => void = () => undefined;
    vi.mocked(request).mockReturnValueOnce(new Promise((resolve) => (deliver = resolve)) as never);
    const asked = loadTransferPage('b', 0);
    acceptOverview(overview(2, []), 100);
    deliver({ rows: [transfer('t1', { state: 'transferring', progress: { bytes: 0, total: 3 } })], total: 1 });
    await asked;
    expect(useTransfers.getState().live.get('t1')?.status).toMatchObject({ progress: { bytes: 2 } });
  });

  it('win over the page when they run again', async () => {
    acceptOverview(overview(1, [running('t1')]), 0);
    answer([transfer('t1', { state: 'queued' })]);
    await loadTransferPage('b', 0);
    expect(useTransfers.getState().live.has('t1')).toBe(true);
  });
});

describe('pages', () => {
  it('are asked for once a revision, and keep the records that did not change', async () => {
    acceptOverview(overview(1, []), 0);
    answer([transfer('t1', { state: 'queued' })]);
    await loadTransferPage('b', 0);
    await loadTransferPage('b', 0);
    expect(request).toHaveBeenCalledTimes(1);
    const before = useTransfers.getState().pages.get(pageKey('b', 0))?.rows[0];
    acceptOverview(overview(2, []), 100);
    answer([transfer('t1', { state: 'queued' })]);
    await loadTransferPage('b', 0);
    expect(request).toHaveBeenCalledTimes(2);
    expect(useTransfers.getState().pages.get(pageKey('b', 0))?.rows[0]).toBe(before);
  });
});
