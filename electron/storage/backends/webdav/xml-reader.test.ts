import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { XmlReader } from './xml-reader.ts';

/** What a document holds, e.g. `<{DAV:}a>text</>`; read in pieces of so many bytes. */
function read(xml: string | Buffer, piece = 1): string {
  let found = '';
  const reader = new XmlReader({ open: (name) => (found += `<${name}>`), text: (text) => (found += text), close: () => (found += '</>') });
  const bytes = Buffer.from(xml as string);
  for (let at = 0; at < bytes.length; at += piece) reader.write(bytes.subarray(at, at + piece));
  reader.end();
  return found;
}

const wrong = (xml: string | Buffer) => {
  try {
    read(xml, 7);
  } catch (error) {
    return error instanceof StorageError ? error : null;
  }
  return null;
};

describe('what is well formed is read, however it is cut', () => {
  test.each([1, 2, 3, 5, 8, 13, 1000])('in pieces of %i bytes', (piece) => {
    const xml = '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- a <b> -- > -->\n<D:a xmlns:D="DAV:" x=\'1 > 0\'><b xmlns="urn:x"><D:c/>caf\u00e9 \u{1f4f7} &amp;&#x1F4F7;&#233;&lt;<![CDATA[<&amp;>]]>]]&gt;</b ><?pi?><D:d\n/></D:a>\n';
    expect(read(xml, piece)).toBe('<{DAV:}a><{urn:x}b><{DAV:}c></>caf\u00e9 \u{1f4f7} &\u{1f4f7}\u00e9<<&amp;>]]></><{DAV:}d></></>');
  });

  test('with any prefix, also one that means something else further in', () => {
    expect(read('<p:a xmlns:p="1"><p:b xmlns:p="2"><p:c/></p:b><p:d/><e/></p:a>')).toBe('<{1}a><{2}b><{2}c></></><{1}d></><{}e></></>');
    expect(read('<a xmlns="1"><b xmlns=""/><xml:c/></a>')).toBe('<{1}a><{}b></><{http://www.w3.org/XML/1998/namespace}c></></>');
  });

  test('and names of its own entities stay as they are', () => {
    expect(read('<a>&eacute;&x;&#0;&#xD800;&#1114112; a & b</a>')).toBe('<{}a>&eacute;&x;\ufffd\ufffd\ufffd a & b</>');
  });
});

test.each([
  '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
  '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
  '<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
  '<a></b>',
  '<a/><b/>',
  'text',
  '<a/>text',
  '<![CDATA[x]]><a/>',
  '<p:a/>',
  '<a <b/>',
  '{"json": true}',
  `<a>${'<b>'.repeat(100)}`,
])('%.60s is refused', (xml) => {
  expect(wrong(xml)?.code).toBe('unexpected');
});

test.each(['', '<', '<a>', '<a><b/>', '<a>text', '<a b="', '<!-- ', '<a/><!--'])('%j ends early', (xml) => {
  expect(wrong(xml)?.code).toBe('unavailable');
});

test.each([`<a ${'b="c" '.repeat(40_000)}`, `<a ${"'".repeat(200_000)}`, `<a b="${'>'.repeat(200_000)}`])('a long tag that never ends costs no time', (xml) => {
  expect(() => read(xml, 32 * 1024)).toThrow('ends early');
});

test.each([`<a>${'x'.repeat(300_000)}</a>`, `<a b="${'x'.repeat(300_000)}"/>`, `<!--${'x'.repeat(300_000)}--><a/>`])('a tag or a text that is too long is refused', (xml) => {
  expect(() => read(xml, 32 * 1024)).toThrow('more than');
});
