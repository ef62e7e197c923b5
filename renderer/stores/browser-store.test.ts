// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileRow, ListPage } from '../../shared/ipc/views.ts';
import { request } from '../bridge.ts';
import { openFolder, refreshFolder, selectedRows, selectRow, setFilter, useBrowser } from './browser-store.ts';

vi.mock('../bridge.ts', () => ({ request: vi.fn(), errorRecord: (error: unknown) => ({ code: 'unexpected', message: String(error), retryable: false, context: {} }) }));

const row = (name: string, size = 1): FileRow => ({ kind: 'file', path: name, name, uri: `memory:/${name}`, size, modified: null, checksum: null, readable: true, writable: true, integrity: { kind: 'unknown' } });
const names = () => useBrowser.getState().visible.map(({ name }) => name);
const pages = (...all: readonly (readonly FileRow[])[]) => {
  all.forEach((rows, index) => vi.mocked(request).mockResolvedValueOnce({ rows, cursor: index < all.length - 1 ? String(index + 1) : null } satisfies ListPage as never));
};
const fresh = useBrowser.getState();

beforeEach(() => useBrowser.setState(fresh, true));
afterEach(() => vi.mocked(request).mockReset());

describe('a folder', () => {
  it('is pulled page by page to its end and stands in order', async () => {
    pages([row('c'), row('a')], [row('b')]);
    await openFolder({ locationId: 'l', path: '' });
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(useBrowser.getState().status).toBe('ready');
    expect(vi.mocked(request).mock.calls.map(([, input]) => ('cursor' in input ? input.cursor : 'none'))).toEqual([null, '1']);
  });

  it('that was left does not appear in the next one', async () => {
    let deliver: (page: ListPage) => void = () => undefined;
    vi.mocked(request).mockReturnValueOnce(new Promise((resolve) => (deliver = resolve)) as never);
    const slow = openFolder({ locationId: 'l', path: 'slow' });
    pages([row('here')]);
    await openFolder({ locationId: 'l', path: 'fast' });
    deliver({ rows: [row('stray')], cursor: null });
    await slow;
    expect(names()).toEqual(['here']);
    expect(useBrowser.getState().place?.path).toBe('fast');
  });

  it('that cannot be listed says why', async () => {
    vi.mocked(request).mockRejectedValueOnce(new Error('no'));
    await openFolder({ locationId: 'l', path: '' });
    expect(useBrowser.getState()).toMatchObject({ status: 'failed', error: { message: 'Error: no' } });
  });

  it('listed again keeps the selection of what is still there, and the records that did not change', async () => {
    pages([row('a'), row('b'), row('c')]);
    await openFolder({ locationId: 'l', path: '' });
    selectRow('a', 'only');
    selectRow('b', 'toggle');
    const before = useBrowser.getState().rows[1];
    pages([row('b'), row('c', 9)]);
    await refreshFolder();
    expect(selectedRows().map(({ name }) => name)).toEqual(['b']);
    expect(useBrowser.getState().rows[0]).toBe(before);
    expect(useBrowser.getState().rows[1]?.size).toBe(9);
  });

  it('filtered drops hidden rows from the selection, so that Delete never takes what is not seen', async () => {
    pages([row('apple'), row('pear')]);
    await openFolder({ locationId: 'l', path: '' });
    selectRow('apple', 'only');
    setFilter('pea');
    expect(names()).toEqual(['pear']);
    setFilter('');
    expect(selectedRows()).toEqual([]);
  });
});
