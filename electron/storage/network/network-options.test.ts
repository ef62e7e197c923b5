import { expect, test } from 'vitest';
import type { LocationOptions } from '../../../shared/storage/location.ts';
import { NETWORK_FIELDS, parseNetworkOptions, proxyFor, requireKnownOptions } from './network-options.ts';
import type { ProxyAddress } from './proxy.ts';

test('nothing given means the system’s proxy, the known authorities and half a minute of patience', () => {
  const standard = { caFile: null, pin: null, proxy: 'system', silence: 30_000 };
  expect(parseNetworkOptions({})).toEqual(standard);
  expect(parseNetworkOptions({ caFile: '  ', certificate: ' ', proxy: '  ', readOnly: true })).toEqual(standard);
  const defaults = Object.fromEntries(NETWORK_FIELDS.flatMap((field) => (field.default === undefined ? [] : [[field.key, field.default]])));
  expect(parseNetworkOptions(defaults), 'what the form shows is what it does').toEqual(standard);
});

test('what is given is read', () => {
  expect(parseNetworkOptions({ caFile: ' /etc/ca.pem ', certificate: 'AB:CD', proxy: 'none', timeout: 0.25 })).toEqual({ caFile: '/etc/ca.pem', pin: 'AB:CD', proxy: null, silence: 250 });
});

test.each<[LocationOptions, string]>([
  [{ caFile: true }, 'caFile'],
  [{ certificate: 12 }, 'certificate'],
  [{ proxy: false }, 'proxy'],
  [{ proxy: 'proxy.example.org' }, 'proxy'],
  [{ timeout: 0 }, 'timeout'],
  [{ timeout: 3601 }, 'timeout'],
  [{ timeout: Number.NaN }, 'timeout'],
  [{ timeout: '30' }, 'timeout'],
])('%j names the field', (options, field) => {
  expect(() => parseNetworkOptions(options)).toThrow(expect.objectContaining({ code: 'invalid_config', context: { field } }));
});

test('only “system” asks the system', async () => {
  const asked: string[] = [];
  const found: ProxyAddress = { kind: 'http', host: 'proxy', port: 1 };
  const network = { proxyFor: (url: string) => Promise.resolve((asked.push(url), found)) };
  const own: ProxyAddress = { kind: 'socks5', host: 'own', port: 2 };
  expect(await proxyFor('https://a/', { proxy: own }, network)).toEqual(own);
  expect(await proxyFor('https://a/', { proxy: null }, network)).toBeNull();
  expect(asked).toEqual([]);
  expect(await proxyFor('https://a/', { proxy: 'system' }, network)).toEqual(found);
  expect(asked).toEqual(['https://a/']);
  expect(await proxyFor('https://a/', { proxy: 'system' }, undefined)).toBeNull();
});

test('an option that a backend does not have is named with those that it has', () => {
  expect(() => requireKnownOptions('http', { proxy: 'none', prxy: 'none' }, NETWORK_FIELDS)).toThrow(/^prxy:.*"http".*caFile, certificate, proxy, timeout/);
  expect(() => requireKnownOptions('http', { proxy: 'none' }, NETWORK_FIELDS)).not.toThrow();
});
