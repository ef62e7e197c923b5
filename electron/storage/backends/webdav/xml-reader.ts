import { StorageError } from '../../../../shared/storage/errors.ts';

/** Gets what an {@link XmlReader} finds. Names are `{namespace}local`, e.g. `{DAV:}href`, whatever prefix the document uses. */
export interface XmlHandler {
  open(name: string): void;
  /** text of the innermost open element, in one or several pieces */
  text(text: string): void;
  close(name: string): void;
}

/** Longest tag, text or comment, in characters; no server needs more for one property. */
const MAX_TOKEN = 256 * 1024;
const MAX_DEPTH = 64;
const SPACE_ONLY = /^\s*$/;
const START_TAG = /<([^\s/>=<"']+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*?)(\/?)>/y;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

type Prefixes = ReadonlyMap<string, string>;

/**
 * Reads XML 1.0 with namespaces as it comes in, in UTF-8. It knows what WebDAV needs (RFC 4918 section 8.2) and refuses the rest: a
 * document type, and with it every entity of its own, is an error, and so are tags that do not match and a document that ends early.
 */
export class XmlReader {
  readonly #handler: XmlHandler;
  readonly #decoder = new TextDecoder('utf-8');
  readonly #open: { readonly tag: string; readonly name: string; readonly prefixes: Prefixes }[] = [];
  #prefixes: Prefixes = new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]);
  #rest = '';
  #ended = false;

  constructor(handler: XmlHandler) {
    this.#handler = handler;
  }

  /** Each call looks again at a tag that is not complete, so the pieces should not be tiny. @throws StorageError unexpected when it is no such XML */
  write(bytes: Uint8Array): void {
    this.#read(this.#rest + this.#decoder.decode(bytes, { stream: true }));
  }

  /** @throws StorageError unavailable when the document is not complete */
  end(): void {
    this.#read(this.#rest + this.#decoder.decode());
    const rest = this.#rest.trimStart();
    if (this.#open.length === 0 && rest !== '' && !rest.startsWith('<')) throw malformed('it has text outside of its root');
    if (!this.#ended || rest !== '') throw new StorageError('unavailable', 'The XML of the server’s answer ends early.');
  }

  #read(text: string): void {
    let at = 0;
    for (;;) {
      const tag = text.indexOf('<', at);
      if (tag < 0) break;
      const end = this.#endOf(text, tag);
      if (end === null) break;
      if (tag > at) this.#text(text.slice(at, tag));
      this.#markup(text, tag, end);
      at = end;
    }
    this.#rest = text.slice(at);
    if (this.#rest.length > MAX_TOKEN) throw malformed(`it has a tag or a text of more than ${MAX_TOKEN} characters`);
  }

  /** @returns null when it is not all there */
  #endOf(text: string, at: number): number | null {
    const after = (mark: string, from: number) => {
      const found = text.indexOf(mark, from);
      return found < 0 ? null : found + mark.length;
    };
    const second = text[at + 1];
    if (second === undefined) return null;
    if (second === '?') return after('?>', at + 2);
    if (second === '/') return after('>', at + 2);
    if (second !== '!') {
      START_TAG.lastIndex = at;
      if (START_TAG.test(text)) return START_TAG.lastIndex;
      // No tag holds this sign, so its end is not only still to come.
      if (text.includes('<', at + 1)) throw malformed('a tag is not closed');
      return null;
    }
    if (text.startsWith('<!--', at)) return after('-->', at + 4);
    if (text.startsWith('<![CDATA[', at)) return after(']]>', at + 9);
    if (text.length - at < 9) return null;
    throw malformed('it declares a document type, which WebDAV has no use for');
  }

  #markup(text: string, at: number, end: number): void {
    switch (text[at + 1]) {
      case '?':
        return requireUtf8(text.slice(at, end));
      case '/':
        return this.#close(text.slice(at + 2, end - 1).trimEnd());
      case '!':
        if (text[at + 2] !== '-') this.#handlerText(text.slice(at + 9, end - 3));
        return;
      default: {
        START_TAG.lastIndex = at;
        const [, tag = '', attributes = '', slash = ''] = START_TAG.exec(text) ?? [];
        this.#start(tag, attributes);
        if (slash !== '') this.#close(tag);
      }
    }
  }

  #start(tag: string, attributes: string): void {
    if (this.#ended) throw malformed('it has more than one root');
    if (this.#open.length === MAX_DEPTH) throw malformed(`it is nested more than ${MAX_DEPTH} deep`);
    const before = this.#prefixes;
    if (attributes.includes('xmlns')) this.#prefixes = declared(before, attributes);
    const name = this.#nameOf(tag);
    this.#open.push({ tag, name, prefixes: before });
    this.#handler.open(name);
  }

  #close(tag: string): void {
    const last = this.#open.pop();
    if (last?.tag !== tag) throw malformed(`</${tag.slice(0, 40)}> closes what is not open`);
    this.#prefixes = last.prefixes;
    this.#handler.close(last.name);
    if (this.#open.length === 0) this.#ended = true;
  }

  #text(raw: string): void {
    if (this.#open.length > 0) this.#handler.text(raw.includes('&') ? decodeReferences(raw) : raw);
    else if (!SPACE_ONLY.test(raw.replace(/^\ufeff/, ''))) throw malformed('it has text outside of its root');
  }

  #handlerText(raw: string): void {
    if (this.#open.length === 0) throw malformed('it has text outside of its root');
    this.#handler.text(raw);
  }

  #nameOf(tag: string): string {
    const colon = tag.indexOf(':');
    if (colon < 0) return `{${this.#prefixes.get('') ?? ''}}${tag}`;
    const namespace = this.#prefixes.get(tag.slice(0, colon));
    if (namespace === undefined) throw malformed(`the prefix of <${tag.slice(0, 40)}> is not declared`);
    return `{${namespace}}${tag.slice(colon + 1)}`;
  }
}

function declared(before: Prefixes, attributes: string): Prefixes {
  const prefixes = new Map(before);
  for (const [, name = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
    if (name === 'xmlns') prefixes.set('', decodeReferences(double ?? single ?? ''));
    else if (name.startsWith('xmlns:')) prefixes.set(name.slice(6), decodeReferences(double ?? single ?? ''));
  }
  return prefixes;
}

/** The five names and the numbers of XML 1.0 section 4.6 and 4.1; anything else stays as it is. */
function decodeReferences(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (whole, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point === 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? '\ufffd' : String.fromCodePoint(point);
  });
}

function requireUtf8(declaration: string): void {
  const encoding = /^<\?xml\s[^>]*encoding\s*=\s*["']([^"']*)["']/i.exec(declaration)?.[1];
  if (encoding !== undefined && !/^(utf-?8|us-ascii|ascii)$/i.test(encoding)) throw malformed(`it is in ${JSON.stringify(encoding.slice(0, 40))}; expected UTF-8`);
}

function malformed(why: string): StorageError {
  return new StorageError('unexpected', `The server’s answer is no XML that can be read: ${why}.`);
}
