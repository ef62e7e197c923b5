import { beforeEach, expect, test, vi } from 'vitest';
import { systemNetwork } from './proxy.ts';

let answers: string[] = [];

vi.mock('electron', () => ({ session: { defaultSession: { resolveProxy: () => Promise.resolve(answers.shift()) } } }));

beforeEach(() => {
  answers = [];
});

test('the system’s answer is read', async () => {
  answers = ['PROXY proxy.example.org:3128;DIRECT'];
  expect(await systemNetwork().proxyFor('https://files.example.org/')).toEqual({ kind: 'http', host: 'proxy.example.org', port: 3128 });
});

test('“direct” is believed when it was said twice: the first one may come before the PAC file runs', async () => {
  answers = ['DIRECT', 'SOCKS5 127.0.0.1:1080'];
  expect(await systemNetwork().proxyFor('https://files.example.org/')).toEqual({ kind: 'socks5', host: '127.0.0.1', port: 1080 });
  answers = ['DIRECT', 'DIRECT', 'PROXY too.late:1'];
  expect(await systemNetwork().proxyFor('https://files.example.org/')).toBeNull();
});
