import { afterEach, describe, expect, test } from 'vitest';
import type { HttpServerOptions } from '../../../../e2e/servers/http-options.ts';
import { HttpServer } from '../../../../e2e/servers/http-server.ts';
import { KIB, pattern, rejectsWith, sourceOf, store } from '../../testing/subject.ts';
import { httpBackend } from './definition.ts';
import { connectTo } from './http-fixture.ts';

let server: HttpServer;
afterEach(() => server.stop());

const PROBES = /holdfast-probe/;

async function start(options: Partial<HttpServerOptions> = {}): Promise<HttpServer> {
  server = await HttpServer.start(options);
  return server;
}

describe('connecting finds out what the server can do', () => {
  test('everything', async () => {
    const location = await connectTo(await start());
    expect(location.capabilities).toEqual({
      read: true,
      list: true,
      makeDirectory: false,
      move: false,
      delete: true,
      rangeRead: true,
      initialize: true,
      update: true,
      noOverwrite: true,
      atomicPublish: false,
      resume: false,
      versions: false,
      link: false,
      preserveModified: false,
      serverDigest: ['sha256', 'sha512', 'sha1', 'md5'],
      maximumSize: null,
    });
    expect(await server.residue()).toEqual([]);
    await location.close();
  });

  test('a server that replaces the file with a part is not trusted with parts', async () => {
    const location = await connectTo(await start({ update: 'replace' }));
    expect(location.capabilities.update).toBe(false);
    await location.close();
  });

  test('a server that ignores If-None-Match is not trusted with it, yet a taken name is refused', async () => {
    const location = await connectTo(await start({ noOverwrite: false }));
    expect(location.capabilities.noOverwrite).toBe(false);
    await store(location, 'a', pattern(3));
    await rejectsWith(() => location.file('a').save(sourceOf(pattern(3)), { overwrite: false }), 'already_exists');
    await location.close();
  });

  test('wrong digests are none', async () => {
    await start();
    server.faults.set({ fault: { kind: 'digest', body: `sha256:${'0'.repeat(64)}` }, path: PROBES });
    const location = await connectTo(server);
    expect(location.capabilities.serverDigest).toEqual([]);
    await location.close();
  });
});

describe('connecting leaves nothing behind', () => {
  test('on a server that cannot delete, where nothing is stored at all', async () => {
    const location = await connectTo(await start({ remove: false }));
    expect(location.capabilities.delete).toBe(false);
    expect(server.requests.some(({ method }) => method === 'PUT' || method === 'POST')).toBe(false);
    const { lines } = await location.probe();
    expect(lines.some(({ ok, text }) => !ok && text.includes('Nothing can be stored'))).toBe(true);
    await location.close();
  });

  test('when it fails in the middle', async () => {
    await start();
    server.faults.set({ fault: { kind: 'status', status: 503 }, method: 'GET', path: PROBES });
    await connectTo(server).then((location) => location.close(), () => undefined);
    expect(await server.residue()).toEqual([]);
  });

  test('when it is canceled in the middle', async () => {
    await start();
    const abort = new AbortController();
    const watch = setInterval(() => server.requests.some(({ method }) => method === 'PUT') && abort.abort(), 0);
    await rejectsWith(() => httpBackend.connect({ uri: server.url(), secret: null, options: {}, proof: { minimum: 2, readBack: 'always' }, sizeLimit: null }, { signal: abort.signal }), 'canceled');
    clearInterval(watch);
    expect(await server.residue()).toEqual([]);
  });
});

describe('a location that cannot be used is refused', () => {
  test.each([
    [401, 'authentication_failed'],
    [403, 'permission_denied'],
    [404, 'not_found'],
    [429, 'rate_limited'],
    [503, 'unavailable'],
  ] as const)('%i to everything is %s', async (status, code) => {
    await start();
    server.faults.set({ fault: { kind: 'status', status }, path: /^/ });
    await rejectsWith(() => connectTo(server), code);
  });

  test('a login page that says yes to everything', async () => {
    await start();
    server.faults.set({ fault: { kind: 'status', status: 200, body: '<html>Please log in</html>', headers: { 'content-type': 'text/html' } }, path: /^/ });
    await rejectsWith(() => connectTo(server), 'invalid_config');
  });

  test('a server that gives back other bytes than were stored', async () => {
    await start();
    server.faults.set({ fault: { kind: 'flip', at: 3 }, path: PROBES });
    await rejectsWith(() => connectTo(server), 'invalid_config');
    expect(await server.residue()).toEqual([]);
  });

  test('a folder that is not there, on a server where nothing can be stored', async () => {
    await start({ remove: false });
    await rejectsWith(() => connectTo(server, { uri: `${server.url()}none/` }), 'not_found');
  });

  test('nobody listens', async () => {
    await start();
    const gone = await HttpServer.start();
    await gone.stop().catch(() => undefined);
    await rejectsWith(() => connectTo(server, { uri: 'http://127.0.0.1:1/' }), 'unavailable');
    await rejectsWith(() => connectTo(server, { uri: 'http://[::1]:1/' }), 'unavailable');
  });

  test('one that never answers', async () => {
    await start();
    server.faults.set({ fault: { kind: 'stall' }, path: /^/ });
    await rejectsWith(() => connectTo(server), 'unavailable');
  });

  test.each([
    [{ options: { retries: 3 } }, 'retries'],
    [{ options: { timeout: -1 } }, 'timeout'],
    [{ options: { timeout: 'long' } }, 'timeout'],
    [{ options: { readOnly: 'yes' } }, 'readOnly'],
    [{ secret: 'line\nend' }, 'secret'],
    [{ uri: 'files.example.org' }, 'uri'],
  ])('bad configuration %j names its field', async (config, field) => {
    const error = await rejectsWith(async () => connectTo(await start(), config), 'invalid_config');
    expect(error.context['field']).toBe(field);
    expect(server.requests).toEqual([]);
  });
});

test('a folder is a folder, also on a server that gives its index without the slash; a JSON file stays a file', async () => {
  const location = await connectTo(await start());
  await store(location, 'odd/inside.txt', pattern(10));
  await store(location, 'data.json', pattern(10));
  server.faults.set({ fault: { kind: 'status', status: 200, body: '[]', headers: { 'content-type': 'application/json', 'content-length': '2' } }, path: 'odd' });
  expect((await location.stat('odd')).kind).toBe('folder');
  server.faults.set({ fault: { kind: 'status', status: 200, headers: { 'content-type': 'application/json', 'content-length': '10' } }, path: 'data.json', method: 'HEAD' });
  expect(await location.stat('data.json')).toMatchObject({ kind: 'file', size: 10 });
  await location.close();
});

test('an error page of any length is shown in part', async () => {
  await start();
  server.faults.set({ fault: { kind: 'status', status: 500, body: 'sorry '.repeat(100 * KIB) }, path: /^/ });
  const error = await rejectsWith(() => connectTo(server), 'unavailable');
  expect(error.message.length).toBeLessThan(700);
});
