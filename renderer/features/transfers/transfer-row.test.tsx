// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Transfer, TransferStatus } from '../../../shared/transfers/transfer.ts';
import { request } from '../../bridge.ts';
import { useDialog } from '../../stores/dialog-store.ts';
import { pageKey, useTransfers } from '../../stores/transfers-store.ts';
import { TransferRow } from './transfer-row.tsx';

vi.mock('../../bridge.ts', () => ({ request: vi.fn(() => Promise.resolve(null)), adoptFiles: vi.fn(), errorRecord: vi.fn() }));

const expected = `sha256:${'a'.repeat(64)}`;
const found = `sha256:${'b'.repeat(64)}`;

function show(status: TransferStatus): void {
  const transfer: Transfer = { id: 't1', batchId: 'b', direction: 'upload', source: { kind: 'local', path: '/in/log.pdf' }, destination: { kind: 'location', locationId: 'l1', path: 'log.pdf' }, size: 3, status, attempts: 2, queuedAt: '', finishedAt: null };
  useTransfers.setState({ pages: new Map([[pageKey('b', 0), { revision: 1, rows: [transfer] }]]), details: new Map(), live: new Map() });
  render(<TransferRow batchId="b" index={0} position={1} of={1} />);
}

afterEach(() => {
  cleanup();
  vi.clearAllMocks();
});

describe('a row of the drawer', () => {
  it('of a mismatch shows both digests at once, what was kept and what to do, and can be retried', () => {
    show({ state: 'failed', error: { code: 'checksum_mismatch', message: 'The stored bytes differ.', retryable: false, context: { expected, found, published: false } } });
    const row = screen.getByRole('listitem', { name: 'log.pdf' });
    expect(row.textContent).toContain('a'.repeat(64));
    expect(row.textContent).toContain('b'.repeat(64));
    expect(row.textContent).toMatch(/Checksum mismatch.*not published.*What to do/s);
    fireEvent.click(screen.getByRole('button', { name: 'Retry log.pdf' }));
    expect(request).toHaveBeenCalledWith('transfers.retry', { transferId: 't1' });
  });

  it('of another failure says what happened and unfolds the rest', () => {
    show({ state: 'failed', error: { code: 'unavailable', message: 'It answered 503.', retryable: true, context: { status: 503 } } });
    expect(screen.getByRole('listitem').textContent).toContain('It answered 503.');
    expect(screen.getByRole('listitem').textContent).toContain('whether the server runs');
    expect(screen.queryByRole('button', { name: 'Edit location…' })).toBeNull();
    expect(screen.queryByText('What was kept')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Details of log.pdf' }));
    expect(screen.getByText('What was kept')).toBeTruthy();
    expect(screen.getByRole('listitem').textContent).toContain('status: 503');
  });

  it('of a failure that is mended in the settings leads there', () => {
    show({ state: 'failed', error: { code: 'authentication_failed', message: 'It lets nobody in.', retryable: false, context: {} } });
    expect(screen.getByRole('listitem').textContent).toContain('enter the secret again');
    fireEvent.click(screen.getByRole('button', { name: 'Edit location…' }));
    expect(useDialog.getState().open).toEqual({ kind: 'edit location', locationId: 'l1' });
    fireEvent.click(screen.getByRole('button', { name: 'Details of log.pdf' }));
    expect(screen.getAllByRole('button', { name: 'Edit location…' })).toHaveLength(1);
  });

  it('under way has a bar that says how far, and can be canceled', () => {
    show({ state: 'transferring', progress: { bytes: 1, total: 4 } });
    expect(screen.getByRole('progressbar', { name: 'Progress of log.pdf' }).getAttribute('aria-valuenow')).toBe('25');
    fireEvent.click(screen.getByRole('button', { name: 'Cancel log.pdf' }));
    expect(request).toHaveBeenCalledWith('transfers.cancel', { transferId: 't1' });
  });
});
