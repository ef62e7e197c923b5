// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HoldfastBridge } from '../shared/ipc/contract.ts';
import { adoptFiles, BridgeError, bridgeIsThere, errorRecord, request, subscribe } from './bridge.ts';

function preload(bridge: Partial<HoldfastBridge>): void {
  vi.stubGlobal('window', Object.assign(Object.create(window) as object, { holdfast: bridge }));
}

afterEach(() => vi.unstubAllGlobals());

describe('the bridge', () => {
  it('gives the value of a good reply and passes on what was asked', async () => {
    const ask = vi.fn(() => Promise.resolve({ ok: true, value: [{ id: 'l1' }] }));
    preload({ request: ask });
    await expect(request('locations.list', {})).resolves.toEqual([{ id: 'l1' }]);
    expect(ask).toHaveBeenCalledWith('locations.list', {});
  });

  it('throws what main refused, with its record', async () => {
    const error = { code: 'not_found', message: 'gone', retryable: false, context: { path: 'x' } };
    preload({ request: () => Promise.resolve({ ok: false, error }) });
    const thrown: unknown = await request('browse.stat', { locationId: 'l', path: 'x' }).catch((failure: unknown) => failure);
    expect(thrown).toBeInstanceOf(BridgeError);
    expect(errorRecord(thrown)).toEqual(error);
  });

  it.each([[undefined], ['text'], [{ ok: true }], [{ value: 1 }], [{ ok: 'yes', value: 1 }]])('does not take %j for a reply', async (reply) => {
    preload({ request: () => Promise.resolve(reply) });
    await expect(request('app.info', {})).rejects.toMatchObject({ record: { code: 'unexpected' } });
  });

  it('takes null for a value', async () => {
    preload({ request: () => Promise.resolve({ ok: true, value: null }) });
    await expect(request('transfers.pause', {})).resolves.toBeNull();
  });

  it('says that main cannot be reached when the channel breaks or is absent', async () => {
    preload({ request: () => Promise.reject(new Error('channel closed')) });
    await expect(request('app.info', {})).rejects.toMatchObject({ record: { code: 'unavailable', message: 'channel closed', retryable: true } });
    vi.unstubAllGlobals();
    expect(bridgeIsThere()).toBe(false);
    await expect(request('app.info', {})).rejects.toMatchObject({ record: { code: 'unavailable' } });
    expect(() => subscribe(() => undefined)).toThrow(BridgeError);
  });

  it('hands over the files themselves', async () => {
    const adopt = vi.fn(() => Promise.resolve({ ok: true, value: [] }));
    preload({ adoptFiles: adopt });
    const file = new File(['x'], 'x.txt');
    await adoptFiles([file]);
    expect(adopt).toHaveBeenCalledWith([file]);
  });

  it('shows anything else that was thrown as unexpected', () => {
    expect(errorRecord(new TypeError('x is undefined'))).toMatchObject({ code: 'unexpected', message: 'x is undefined' });
    expect(errorRecord('text').message).toBe('text');
  });
});
