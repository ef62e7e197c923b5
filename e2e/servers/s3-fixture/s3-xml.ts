import { XMLParser } from 'fast-xml-parser';
import { S3Error } from './s3-error.ts';

/** An array repeats its element; undefined and null leave it out. */
export type XmlValue = string | number | boolean | null | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function toXml(root: string, content: { readonly [name: string]: XmlValue }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inner(content)}</${root}>`;
}

function inner(content: { readonly [name: string]: XmlValue }): string {
  return Object.entries(content)
    .map(([name, value]) => element(name, value))
    .join('');
}

function element(name: string, value: XmlValue): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map((one: XmlValue) => element(name, one)).join('');
  const text = typeof value === 'object' ? inner(value as { readonly [name: string]: XmlValue }) : escapeXml(String(value));
  return `<${name}>${text}</${name}>`;
}

/** Characters that XML cannot hold are written as references all the same, as S3 does. */
function escapeXml(text: string): string {
  return text.replace(/[&<>"'\u0000-\u001f\u007f]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: false, htmlEntities: true, removeNSPrefix: true, isArray: (name) => ['Part', 'Object'].includes(name) });

/** The children of the root element, texts as they are. @throws S3Error MalformedXML */
export function parseXml(text: string, root: string): Readonly<Record<string, unknown>> {
  let parsed: Record<string, unknown>;
  try {
    parsed = parser.parse(text, true) as Record<string, unknown>;
  } catch {
    parsed = {};
  }
  const content = parsed[root];
  if (typeof content !== 'object' || content === null) throw new S3Error(400, 'MalformedXML', `The XML you provided was not well-formed or did not validate against our published schema: no ${root}.`);
  return content as Readonly<Record<string, unknown>>;
}
