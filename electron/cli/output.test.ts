import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Output, printable } from './output.ts';

function streams() {
  return { stdout: new PassThrough(), stderr: new PassThrough() };
}

test('terminal escapes of a server never reach the terminal', () => {
  expect(printable('a\u001b[31mred\u0007\u009b1m')).toBe('a\\x1b[31mred\\x07\\x9b1m');
});

test('a name with a line end cannot begin a line of its own', () => {
  const { stdout, stderr } = streams();
  new Output(false, { stdout, stderr }).row({}, 'failed  a\nread back  sha256:00  b');
  expect(String(stdout.read())).toBe('failed  a\\x0aread back  sha256:00  b\n');
});

test('results go to stdout, messages to stderr', () => {
  const { stdout, stderr } = streams();
  const output = new Output(true, { stdout, stderr });
  output.row({ type: 'file', name: 'a\u001b' }, 'never shown');
  output.note('for people');
  expect(String(stdout.read())).toBe('{"type":"file","name":"a\\u001b"}\n');
  expect(String(stderr.read())).toBe('for people\n');
});

test('a reader that ends first stops the command, a missing terminal does not', () => {
  const { stdout, stderr } = streams();
  let stopped = 0;
  new Output(false, { stdout, stderr }).onReaderGone(() => stopped++);
  stderr.emit('error', new Error('EPIPE'));
  expect(stopped).toBe(0);
  stdout.emit('error', new Error('EPIPE'));
  expect(stopped).toBe(1);
});

test('an error says what happened and what to do', () => {
  const { stdout, stderr } = streams();
  new Output(false, { stdout, stderr }).error({ code: 'not_found', message: 'There is no x.', retryable: false, context: {} });
  expect(String(stderr.read())).toMatch(/Not found: There is no x\.\nRefresh/);
  expect(stdout.read()).toBeNull();
});
