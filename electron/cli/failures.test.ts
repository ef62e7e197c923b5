import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { Failures } from './failures.ts';
import { Output } from './output.ts';

function told(...errors: readonly ErrorRecord[]): string {
  const stderr = new PassThrough();
  const failures = new Failures();
  for (const error of errors) failures.add(error);
  failures.tell(new Output(false, { stdout: new PassThrough(), stderr }));
  return String(stderr.read() ?? '');
}

const failed = (code: ErrorRecord['code'], message: string, context: ErrorRecord['context'] = {}): ErrorRecord => ({ code, message, retryable: false, context });

test('nothing is said when nothing failed', () => {
  expect(told()).toBe('');
});

test('each kind of failure is told once, with what to do', () => {
  const text = told(failed('out_of_space', 'No room for a.'), failed('permission_denied', 'May not write c.'), failed('out_of_space', 'No room for b.'));
  expect(text.split('\n')).toEqual(['No space left (2 files): No room for a.', expect.stringMatching(/^Free space/), 'No permission (1 file): May not write c.', expect.stringMatching(/^Ask the owner/), '']);
});

test('a server that is not trusted is told with its fingerprint', () => {
  const offer = { trust: 'unknown', trustOption: 'certificate', trustValue: 'AB:CD', trustDetails: 'SHA-256: AB:CD' };
  expect(told(failed('untrusted_server', 'Not trusted.', offer))).toMatch(/locations trust NAME AB:CD/);
});
