// @vitest-environment happy-dom
import { describe, expect, it, vi } from 'vitest';
import { compareReadsBack } from '../../actions/check-actions.ts';
import type { Evidence } from '../../../shared/storage/evidence.ts';
import type { Capabilities } from '../../../shared/storage/capabilities.ts';
import { provenBy } from './evidence-section.tsx';

vi.mock('../../bridge.ts', () => ({ request: vi.fn(), adoptFiles: vi.fn(), errorRecord: vi.fn() }));

const checksum = `sha256:${'a'.repeat(64)}` as const;
const at = '2026-11-22T11:47:09.000Z';
const readBack: Evidence = { level: 3, algorithm: 'sha256', by: 'holdfast', at, value: checksum, size: 3 };

describe('the evidence shown', () => {
  it('is that of the receipt when the receipt tells how it is known', () => {
    expect(provenBy({ kind: 'proven', level: 3, algorithm: 'sha256', checksum, at }, 3, [readBack])).toEqual([readBack]);
  });

  it('adds a later audit that no receipt tells of, so that no badge stands without its sentence', () => {
    expect(provenBy({ kind: 'proven', level: 4, algorithm: 'sha256', checksum, at }, 3, [readBack]).map(({ level }) => level)).toEqual([4, 3]);
    expect(provenBy({ kind: 'proven', level: 2, algorithm: 'sha256', checksum, at }, 3, [])).toMatchObject([{ level: 2, by: 'server', algorithm: 'sha256', size: 3 }]);
  });

  it('invents nothing for a file of which only the size is known', () => {
    expect(provenBy({ kind: 'proven', level: 0, algorithm: null, checksum: null, at }, 3, [])).toEqual([]);
  });
});

describe('comparing with a local file', () => {
  const capabilities = (serverDigest: Capabilities['serverDigest']): Capabilities => ({ read: true, list: true, makeDirectory: true, move: true, delete: true, rangeRead: true, initialize: true, update: true, noOverwrite: true, atomicPublish: true, resume: false, versions: false, link: false, preserveModified: true, serverDigest, maximumSize: null });

  it('asks a storage that computes digests and downloads nothing', () => {
    expect(compareReadsBack({ proof: { minimum: 2, readBack: 'always' }, capabilities: capabilities(['sha256']) }, 10)).toBe(false);
  });

  it('downloads from another only as far as the policy allows', () => {
    const none = capabilities([]);
    expect(compareReadsBack({ proof: { minimum: 2, readBack: 'always' }, capabilities: none }, 10)).toBe(true);
    expect(compareReadsBack({ proof: { minimum: 2, readBack: 'never' }, capabilities: none }, 10)).toBe(false);
    expect(compareReadsBack({ proof: { minimum: 2, readBack: { upTo: 10 } }, capabilities: none }, 10)).toBe(true);
    expect(compareReadsBack({ proof: { minimum: 2, readBack: { upTo: 10 } }, capabilities: none }, 11)).toBe(false);
    expect(compareReadsBack({ proof: { minimum: 2, readBack: { upTo: 10 } }, capabilities: none }, null)).toBe(false);
  });
});
