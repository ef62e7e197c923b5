import { describe, expect, it } from 'vitest';
import type { IntegrityState } from '../shared/ipc/views.ts';
import type { Checksum } from '../shared/storage/checksum.ts';
import type { Evidence, EvidenceLevel } from '../shared/storage/evidence.ts';
import { evidenceWord, integrityRank, integrityWord } from './integrity-words.ts';
import { strings } from './strings.ts';

const checksum: Checksum = `sha256:${'ab'.repeat(32)}`;
const at = '2026-11-22T11:47:09.000Z';
const proven = (level: EvidenceLevel): IntegrityState => ({ kind: 'proven', level, algorithm: level === 0 ? null : 'sha256', checksum: level === 0 ? null : checksum, at });
const STATES: readonly IntegrityState[] = [
  { kind: 'unknown' }, { kind: 'changed', since: at }, { kind: 'mismatch', expected: checksum, found: checksum, at }, ...([0, 1, 2, 3, 4] as const).map(proven),
];

function evidence(level: EvidenceLevel): Evidence {
  return { level, algorithm: level === 0 ? null : 'sha256', by: 'server', at, value: level === 0 ? null : checksum, size: 3 };
}

describe('the badge', () => {
  it('names the algorithm and the level of every claim', () => {
    expect(STATES.map((state) => integrityWord(state).text)).toEqual([
      'not checked', 'changed since proven', 'mismatch', 'size only', 'sha256 · checked in transit', 'sha256 · server digest', 'sha256 · read back', 'sha256 · audited',
    ]);
  });

  it('is green only where bytes were compared', () => {
    expect(STATES.map((state) => integrityWord(state).tone)).toEqual(['none', 'caution', 'bad', 'caution', 'proven', 'proven', 'proven', 'proven']);
  });

  it('of a transfer is that of its best evidence', () => {
    expect(evidenceWord([evidence(0), evidence(3), evidence(2)]).text).toBe('sha256 · read back');
    expect(evidenceWord([evidence(0)])).toEqual({ tone: 'caution', text: 'size only' });
    expect(evidenceWord([{ ...evidence(2), algorithm: 'md5', value: null, parts: 5 }]).text, 'the digest of parts, not that of the whole').toBe('md5 · server digest');
    expect(evidenceWord([]).tone).toBe('none');
  });

  it('sorts what needs a look first', () => {
    expect(STATES.toSorted((a, b) => integrityRank(a) - integrityRank(b)).map(({ kind }) => kind).slice(0, 3)).toEqual(['mismatch', 'changed', 'unknown']);
  });
});

describe('every word of the window', () => {
  it('never claims that something is "verified"', () => {
    const words: string[] = STATES.map((state) => integrityWord(state).text);
    const collect = (value: unknown): void => {
      if (typeof value === 'string') words.push(value);
      else if (typeof value === 'function') words.push(String((value as (...args: readonly unknown[]) => unknown)(1, 1)));
      else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
    };
    collect(strings);
    expect(words.length).toBeGreaterThan(200);
    expect(words.filter((word) => /\bverified\b/i.test(word))).toEqual([]);
  });
});
