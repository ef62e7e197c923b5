import { describe, expect, test } from 'vitest';
import { codeOfStatus, MAX_SERVER_WORDS, parseRetryAfter, refusal, serverWords } from './status.ts';

const ESCAPE = '\u001b';

describe('codeOfStatus', () => {
  test.each([
    [401, 'authentication_failed'],
    [403, 'permission_denied'],
    [404, 'not_found'],
    [410, 'not_found'],
    [405, 'unsupported'],
    [409, 'already_exists'],
    [412, 'already_exists'],
    [413, 'size_limit_exceeded'],
    [423, 'unavailable'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [501, 'unsupported'],
    [503, 'unavailable'],
    [507, 'out_of_space'],
    [599, 'unavailable'],
    [304, 'unsupported'],
    [418, 'unexpected'],
  ])('%i is %s', (status, code) => expect(codeOfStatus(status)).toBe(code));
});

describe('serverWords', () => {
  test('shows no control, escape or direction characters, and one line', () => {
    expect(serverWords(`disk ${ESCAPE}[31mfull${ESCAPE}[0m\r\n${ESCAPE}]0;owned\u0007next\u202egpj\0\u009b2J.`, [])).toBe('disk full nextgpj.');
  });

  test('shows the text of a web page, not its markup', () => {
    expect(serverWords('<html><head><title>403 Forbidden</title></head><body><style>p{color:red}</style><h1>403 Forbidden</h1>\n<hr>nginx</body></html>', [])).toBe('403 Forbidden nginx');
  });

  test('of a long web page shows the heading', () => {
    const page = (more: string) => `<!DOCTYPE html><html><head><title>507 Insufficient Storage</title></head><body><h1>Insufficient Storage</h1><p>${more}</p></body></html>`;
    expect(serverWords(page('The method could not be performed. '.repeat(10)), [])).toBe('507 Insufficient Storage');
    expect(serverWords(page('The token is wrong. '.repeat(10)).replace('507', 'secret'), ['secret'])).toBe('*** Insufficient Storage');
    expect(serverWords(`<html><title> </title>${'no heading '.repeat(20)}`, [])).toMatch(/^no heading no heading/);
  });

  test('never shows the token, also not across the place where it is cut', () => {
    const token = 'tok-0123456789';
    const words = serverWords(`${'x'.repeat(MAX_SERVER_WORDS - 5)}${token} and ${token}`, [token]);
    expect(words).not.toContain('tok');
    expect([...words]).toHaveLength(MAX_SERVER_WORDS);
  });

  test('cuts between characters', () => {
    const words = serverWords('\u{1f4f7}'.repeat(1000), []);
    expect([...words]).toHaveLength(MAX_SERVER_WORDS);
    expect(words.endsWith('\u{1f4f7}…')).toBe(true);
  });
});

describe('refusal', () => {
  const asked = { method: 'PUT', uri: 'http://127.0.0.1/a', status: 429, text: 'Slow down', retryAfter: '120', secrets: [] };

  test('names the request, the status, the words and when to retry', () => {
    const error = refusal(asked);
    expect(error.message).toBe('The server answered 429 to PUT http://127.0.0.1/a: Slow down.');
    expect(error.toRecord()).toMatchObject({ code: 'rate_limited', retryable: true, context: { status: 429, retryAfterSeconds: 120, uri: 'http://127.0.0.1/a' } });
  });

  test('a server without words is quoted with none', () => {
    expect(refusal({ ...asked, status: 503, text: ' \n', retryAfter: null }).message).toBe('The server answered 503 to PUT http://127.0.0.1/a.');
  });

  test('Retry-After is seconds or a date, and nonsense is nothing', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    expect(parseRetryAfter('7', now)).toBe(7);
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:01:00 GMT', now)).toBe(60);
    expect(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
    expect(parseRetryAfter('soon', now)).toBeNull();
  });
});
