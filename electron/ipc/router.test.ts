import { expect, test, vi } from 'vitest';
import { ROUTES } from '../../shared/ipc/contract.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import { type Handlers, createRouter } from './router.ts';

function router(some: Partial<Handlers>) {
  const refuse = () => {
    throw new Error('no handler in this test');
  };
  const all = Object.fromEntries(Object.keys(ROUTES).map((name) => [name, refuse]));
  const report = vi.fn();
  return { dispatch: createRouter({ ...all, ...some } as Handlers, report), report };
}

test('a good request reaches its handler with parsed input and is answered with data', async () => {
  const stat = vi.fn().mockResolvedValue('row');
  const { dispatch } = router({ 'browse.stat': stat });
  expect(await dispatch('browse.stat', { locationId: 'a', path: '/x/y/' })).toEqual({ ok: true, value: 'row' });
  expect(stat).toHaveBeenCalledWith({ locationId: 'a', path: 'x/y' });
});

test.each(['toString', '__proto__', 'constructor', 'hasOwnProperty', 'nothing.here', '', 42, null, undefined, {}])('the unknown route %j is refused', async (route) => {
  expect(await router({}).dispatch(route, {})).toMatchObject({ ok: false, error: { code: 'invalid_config' } });
});

test.each([
  ['an unknown key', { locationId: 'a', path: 'x', extra: 1 }, 'extra'],
  ['a missing key', { locationId: 'a' }, 'path'],
  ['a path that leaves the root', { locationId: 'a', path: 'x/../../etc' }, '..'],
  ['a name with NUL', { locationId: 'a', path: 'x\0y' }, 'NUL'],
  ['no object', 'x', 'object'],
])('bad input is refused before the handler runs: %s', async (_what, input, named) => {
  const stat = vi.fn();
  const reply = await router({ 'browse.stat': stat }).dispatch('browse.stat', input);
  expect(reply).toMatchObject({ ok: false, error: { code: 'invalid_config' } });
  expect(JSON.stringify(reply)).toContain(named);
  expect(stat).not.toHaveBeenCalled();
});

test('a failure with a code is answered as it is, and not logged', async () => {
  const failure = new StorageError('checksum_mismatch', 'differs', { context: { expected: 'sha256:aa', found: 'sha256:bb' } });
  const { dispatch, report } = router({ 'browse.stat': () => Promise.reject(failure) });
  expect(await dispatch('browse.stat', { locationId: 'a', path: 'x' })).toEqual({ ok: false, error: failure.toRecord() });
  expect(report).not.toHaveBeenCalled();
});

test('a handler that throws is answered as data and reported', async () => {
  const { dispatch, report } = router({
    'app.info': () => {
      throw new TypeError('broken');
    },
  });
  expect(await dispatch('app.info', {})).toMatchObject({ ok: false, error: { code: 'unexpected', retryable: false } });
  expect(report).toHaveBeenCalledTimes(1);
});
