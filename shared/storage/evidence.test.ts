import { describe, expect, test } from 'vitest';
import { ERROR_ADVICE, ERROR_CODES, StorageError } from './errors.ts';
import { EVIDENCE_WORDS, type Evidence, type EvidenceLevel, describeEvidence, evidenceLevel } from './evidence.ts';

const LEVELS: readonly EvidenceLevel[] = [0, 1, 2, 3, 4];

const piece = (level: EvidenceLevel): Evidence => ({
  level,
  algorithm: level === 0 ? null : 'md5',
  by: level === 3 ? 'holdfast' : 'server',
  at: '2026-01-02T03:04:05.000Z',
  value: level === 0 ? null : 'md5:d41d8cd98f00b204e9800998ecf8427e',
  size: 1_234_567,
});

describe('evidence', () => {
  test('its level is the highest, and unknown is not level 0', () => {
    expect(evidenceLevel([])).toBe(null);
    expect(evidenceLevel([piece(0)])).toBe(0);
    expect(evidenceLevel([piece(0), piece(3), piece(2)])).toBe(3);
  });

  test.each(LEVELS)('level %d is a sentence that never just says "verified"', (level) => {
    const sentence = describeEvidence(piece(level));
    expect(sentence).toContain('1,234,567 bytes');
    expect(`${sentence} ${EVIDENCE_WORDS[level]}`).not.toMatch(/verified/i);
    if (level > 0) expect(sentence).toContain('md5');
  });
});

describe('an error', () => {
  test.each(ERROR_CODES)('%s has a heading and a next step', (code) => {
    expect(ERROR_ADVICE[code].title).not.toBe('');
    expect(ERROR_ADVICE[code].nextStep).toMatch(/\.$/);
  });

  test('crosses processes as plain data', () => {
    const error = new StorageError('rate_limited', 'Slow down.', { context: { status: 429 }, cause: new Error('secret') });
    expect(JSON.parse(JSON.stringify(error.toRecord()))).toEqual({ code: 'rate_limited', message: 'Slow down.', retryable: true, context: { status: 429 } });
    expect(new StorageError('rate_limited', 'x', { retryable: false }).retryable).toBe(false);
  });
});
