import { describe, expect, test } from 'vitest';
import { ERROR_REASONS, adviceFor } from './error-advice.ts';
import { ERROR_ADVICE, ERROR_CODES } from './errors.ts';

describe('what to do', () => {
  test.each(ERROR_CODES)('%s alone has the advice of its code', (code) => {
    expect(adviceFor({ code, context: { reason: 'something else', system: 'toString' } })).toEqual(ERROR_ADVICE[code]);
  });

  test.each(ERROR_REASONS)('%s has a heading and a next step of its own', (reason) => {
    const { title, nextStep } = adviceFor({ code: 'unexpected', context: { reason } });
    expect(title).not.toBe(ERROR_ADVICE.unexpected.title);
    expect(nextStep).toMatch(/\.$/);
  });

  test('a wrong clock is not mended by another secret', () => {
    expect(adviceFor({ code: 'authentication_failed', context: { reason: 'clock' } }).nextStep).toMatch(/^Set the clock/);
  });

  test('a host key is no certificate, and a certificate may be wrong in several ways', () => {
    const stepOf = (context: Readonly<Record<string, string>>) => adviceFor({ code: 'untrusted_server', context }).nextStep;
    expect(stepOf({ trustOption: 'hostKey' })).toMatch(/^Compare the fingerprint/);
    expect(stepOf({ trustOption: 'certificate', system: 'ERR_TLS_CERT_ALTNAME_INVALID' })).toMatch(/name that the certificate was made out to/);
    expect(stepOf({ trustOption: 'certificate', system: 'CERT_NOT_YET_VALID' })).toMatch(/^Set the clock/);
    expect(stepOf({ trustOption: 'certificate', system: 'DEPTH_ZERO_SELF_SIGNED_CERT' })).toBe(ERROR_ADVICE.untrusted_server.nextStep);
  });

  test('a name that is not known and a port where nobody listens are looked up in different places', () => {
    expect(adviceFor({ code: 'unavailable', context: { system: 'ENOTFOUND' } })).toEqual({ title: 'Not reachable', nextStep: expect.stringMatching(/spelled/) as string, inSettings: true });
    expect(adviceFor({ code: 'unavailable', context: { system: 'ECONNREFUSED' } })).toEqual({ title: 'Not reachable', nextStep: expect.stringMatching(/port/) as string, inSettings: true });
  });
});
