import { describe, expect, it } from 'vitest';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import type { Transfer, TransferStatus } from '../../../shared/transfers/transfer.ts';
import { progressOf, statusWord, transferName, transferTarget, whatWasKept } from './transfer-words.ts';

const checksum = `sha256:${'a'.repeat(64)}` as const;
const evidence = [{ level: 2, algorithm: 'sha256', by: 'server', at: '2026-11-22T11:47:09.000Z', value: checksum, size: 3 }] as const;
const word = (status: TransferStatus, direction: Transfer['direction'] = 'upload') => statusWord({ status, direction }).text;
const progress = { bytes: 1, total: 3 };
const error = (code: ErrorRecord['code'], context: ErrorRecord['context'] = {}): ErrorRecord => ({ code, message: '', retryable: false, context });

describe('the words of a transfer', () => {
  it('name every phase', () => {
    expect(word({ state: 'queued' })).toBe('Queued');
    expect(word({ state: 'transferring', progress })).toBe('Uploading');
    expect(word({ state: 'transferring', progress }, 'download')).toBe('Downloading');
    expect(word({ state: 'verifying', progress, rung: 'read back' })).toBe('Reading back');
    expect(word({ state: 'verifying', progress, rung: 'server digest' })).toBe('Asking the server for its digest');
    expect(word({ state: 'paused', reason: 'conflict' })).toBe('Waiting for your answer');
    expect(word({ state: 'failed', error: error('checksum_mismatch') })).toBe('Checksum mismatch');
  });

  it('say at the end how it is known, and claim nothing of a skipped file', () => {
    expect(statusWord({ direction: 'upload', status: { state: 'done', outcome: 'stored', receiptId: 'r', checksums: { sha256: checksum }, evidence } })).toEqual({ kind: 'badge', tone: 'proven', text: 'sha256 · server digest' });
    expect(statusWord({ direction: 'upload', status: { state: 'done', outcome: 'skipped', reason: 'exists' } })).toEqual({ kind: 'phase', text: 'Skipped' });
  });

  it('name the file by its destination, and where it goes', () => {
    const up = { source: { kind: 'local', path: '/in/log.pdf' }, destination: { kind: 'location', locationId: 'l1', path: '2026/log (2).pdf' } } as const;
    expect(transferName(up)).toBe('log (2).pdf');
    expect(transferTarget(up, () => 'Lab')).toBe('Lab › 2026');
    const down = { source: { kind: 'location', locationId: 'l1', path: 'log.pdf' }, destination: { kind: 'local', path: 'C:\\Users\\Ada\\Downloads\\log.pdf' } } as const;
    expect(transferName(down)).toBe('log.pdf');
    expect(transferTarget(down, () => 'Lab')).toBe('Downloads');
  });

  it('never promise that a bad copy is gone when it is not known', () => {
    expect(whatWasKept(error('checksum_mismatch', { published: false }))).toMatch(/not published/);
    expect(whatWasKept(error('checksum_mismatch', { published: true }))).toMatch(/do not use it/);
    expect(whatWasKept(error('checksum_mismatch'))).toBe('Your source is untouched.');
  });

  it('draw no full bar for what failed', () => {
    expect(progressOf({ state: 'failed', error: error('unavailable') }, 10)).toBeNull();
    expect(progressOf({ state: 'queued' }, 10)).toEqual({ bytes: 0, total: 10 });
    expect(progressOf({ state: 'verifying', progress, rung: 'read back' }, 10)).toEqual(progress);
  });
});
