import { describe, expect, test } from 'vitest';
import type { StorageError } from '../../../../shared/storage/errors.ts';
import { DAV, entryOf, parseCount } from './entry.ts';
import { type DavResource, readMultistatus } from './multistatus.ts';

async function read(xml: string, piece = 1000): Promise<readonly DavResource[]> {
  const bytes = Buffer.from(xml);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += piece) yield await Promise.resolve(bytes.subarray(at, at + piece));
  }
  const all: DavResource[] = [];
  for await (const page of readMultistatus(pieces())) all.push(...page);
  return all;
}

const entries = async (xml: string) => (await read(xml)).map((resource) => ({ href: resource.href, ...entryOf(resource) })).map(({ href, kind, size }) => ({ href, kind, size }));

describe('what servers answer', () => {
  test('Apache: properties that are missing come with 404', async () => {
    const xml = `<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">
<D:response xmlns:lp1="DAV:" xmlns:g0="DAV:">
<D:href>/dav/p/</D:href>
<D:propstat><D:prop><lp1:resourcetype><D:collection/></lp1:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>
<D:propstat><D:prop><g0:getcontentlength/><g0:resourcetype><D:collection/></g0:resourcetype></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>
</D:response>
<D:response xmlns:lp1="DAV:"><D:href>
  /dav/p/f.bin
</D:href><D:propstat><D:prop><lp1:resourcetype/><lp1:getcontentlength> 6 </lp1:getcontentlength><lp1:getlastmodified>Tue, 24 Nov 2026 15:18:39 GMT</lp1:getlastmodified></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
</D:multistatus>`;
    expect(await entries(xml)).toEqual([
      { href: '/dav/p/', kind: 'folder', size: null },
      { href: '/dav/p/f.bin', kind: 'file', size: 6 },
    ]);
    expect((await read(xml, 1))[1]?.properties.get(DAV.modified)).toBe('Tue, 24 Nov 2026 15:18:39 GMT');
  });

  test('the status may stand before the properties, or be of the resource as a whole', async () => {
    const xml = '<multistatus xmlns="DAV:"><response><propstat><status>HTTP/1.1 403 Forbidden</status><prop><getcontentlength>1</getcontentlength></prop></propstat><propstat><status>HTTP/1.1 200 OK</status><prop><getcontentlength>2</getcontentlength></prop></propstat><href>/a</href></response><response><href>/b</href><status>HTTP/1.1 423 Locked</status></response></multistatus>';
    const [first, second] = await read(xml);
    expect(first).toMatchObject({ href: '/a', status: null });
    expect(first?.properties.get(DAV.size)).toBe('2');
    expect(second).toMatchObject({ href: '/b', status: 423 });
  });

  test('other documents and names of other namespaces are nothing to it', async () => {
    await expect(read('<html><body>Sign in</body></html>')).rejects.toMatchObject({ code: 'unexpected' } satisfies Partial<StorageError>);
    expect(await entries('<d:multistatus xmlns:d="DAV:" xmlns:x="urn:x"><d:response><x:href>/no</x:href><d:href>/a</d:href><d:propstat><d:prop><x:getcontentlength>9</x:getcontentlength><d:resourcetype><x:collection/></d:resourcetype></d:prop></d:propstat></d:response></d:multistatus>')).toEqual([{ href: '/a', kind: 'file', size: null }]);
  });

  test('a listing that is cut off is an error, not a short listing', async () => {
    await expect(read('<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a</d:href></d:response>')).rejects.toMatchObject({ code: 'unavailable' });
  });
});

test('values without end are not kept', async () => {
  const long = `<!-- -->${'x'.repeat(50_000)}`.repeat(20);
  const [resource] = await read(`<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a${long}</d:href><d:propstat><d:prop><d:a>${long}</d:a>${'<d:b/>'.repeat(10)}</d:prop></d:propstat></d:response></d:multistatus>`, 100_000);
  expect(resource?.href.length).toBeLessThan(70_000);
  expect(resource?.properties.get('{DAV:}a')?.length).toBeLessThan(70_000);
});

test('fifty thousand entries leave others their turns', async () => {
  const entry = (at: number) => `<D:response><D:href>/dav/f${at}</D:href><D:propstat><D:prop><D:resourcetype/><D:getcontentlength>${at}</D:getcontentlength></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
  const xml = `<D:multistatus xmlns:D="DAV:">${Array.from({ length: 50_000 }, (_, at) => entry(at)).join('')}</D:multistatus>`;
  let turns = 0;
  const clock = setInterval(() => (turns += 1), 0);
  const all = await read(xml, 10_000_000);
  clearInterval(clock);
  expect(all.length).toBe(50_000);
  expect(turns).toBeGreaterThan(50);
});

test.each([['0', 0], ['9007199254740991', 9007199254740991], ['9007199254740993', null], ['-3', null], ['1e3', null], ['', null], ['12 ', null], [undefined, null]])('%j bytes are %j', (text, count) => {
  expect(parseCount(text)).toBe(count);
});
