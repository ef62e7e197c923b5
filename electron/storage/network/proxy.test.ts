import { expect, test } from 'vitest';
import { parsePacAnswer, parseProxy } from './proxy.ts';

test.each([
  ['', null],
  [' none ', null],
  ['http://proxy.example.org:3128', { kind: 'http', host: 'proxy.example.org', port: 3128 }],
  ['HTTP://proxy.example.org', { kind: 'http', host: 'proxy.example.org', port: 80 }],
  ['https://proxy.example.org', { kind: 'https', host: 'proxy.example.org', port: 443 }],
  ['socks5://127.0.0.1', { kind: 'socks5', host: '127.0.0.1', port: 1080 }],
  ['socks://127.0.0.1:9', { kind: 'socks5', host: '127.0.0.1', port: 9 }],
  ['socks4://[::1]:1', { kind: 'socks4', host: '::1', port: 1 }],
])('a person writes %j', (text, proxy) => {
  expect(parseProxy(text)).toEqual(proxy);
});

test.each(['proxy.example.org:3128', 'ftp://proxy.example.org', 'http://', 'http:', 'direct', 'socks5://', 'http://proxy.example.org:99999'])('%j is no proxy, and the field is named', (text) => {
  expect(() => parseProxy(text)).toThrow(expect.objectContaining({ code: 'invalid_config', context: { field: 'proxy' } }));
});

test('a password in the address is refused and not repeated', () => {
  for (const text of ['http://ada:sesame@proxy.example.org:3128', 'ftp://ada:sesame@proxy.example.org']) {
    expect(() => parseProxy(text)).toThrow(expect.objectContaining({ code: 'invalid_config', message: expect.not.stringContaining('sesame') as string }));
  }
});

test.each([
  ['DIRECT', null],
  ['', null],
  ['PROXY proxy.example.org:8080', { kind: 'http', host: 'proxy.example.org', port: 8080 }],
  ['PROXY proxy.example.org', { kind: 'http', host: 'proxy.example.org', port: 80 }],
  ['proxy a.example.org:1; DIRECT', { kind: 'http', host: 'a.example.org', port: 1 }],
  ['HTTPS a.example.org;PROXY b.example.org:2', { kind: 'https', host: 'a.example.org', port: 443 }],
  ['SOCKS5 127.0.0.1:9', { kind: 'socks5', host: '127.0.0.1', port: 9 }],
  ['SOCKS 127.0.0.1:9', { kind: 'socks4', host: '127.0.0.1', port: 9 }],
  ['SOCKS4 [::1]', { kind: 'socks4', host: '::1', port: 1080 }],
  ['QUIC q.example.org:443; PROXY b.example.org:2', { kind: 'http', host: 'b.example.org', port: 2 }],
  ['PROXY ; nonsense; PROXY http://x y; PROXY a:; DIRECT; PROXY late.example.org:1', null],
])('a PAC file answers %j', (answer, proxy) => {
  expect(parsePacAnswer(answer)).toEqual(proxy);
});
