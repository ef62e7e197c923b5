import { setImmediate as nextTurn } from 'node:timers/promises';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type XmlHandler, XmlReader } from './xml-reader.ts';

/** One resource of an answer 207, as the server says it; nothing is checked yet. */
export interface DavResource {
  readonly href: string;
  /** of the resource as a whole; null when each property has its own */
  readonly status: number | null;
  /** text of the properties that were found, by `{namespace}name` */
  readonly properties: ReadonlyMap<string, string>;
  readonly isCollection: boolean;
}

/** Bytes that are parsed at once: a millisecond or so. */
const SLICE = 32 * 1024;
/** Longest address or value, in characters; what follows is dropped, and with it the sense of a name that long. */
const MAX_VALUE = 64 * 1024;
/** More properties than anybody asks for. */
const MAX_PROPERTIES = 1000;
/** Where each element of interest lies: RFC 4918 section 14. */
const [RESPONSE, PART, FIELD, PROPERTY] = [2, 3, 4, 5];

/**
 * Reads a multistatus document (RFC 4918 section 13) as it comes in. Other work gets its turn between slices, however large it is.
 * @throws StorageError unexpected when it is no multistatus, unavailable when it ends early
 */
export async function* readMultistatus(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly DavResource[]> {
  const collector = new Collector();
  const reader = new XmlReader(collector);
  for await (const slice of slices(body)) {
    reader.write(slice);
    const found = collector.take();
    if (found.length > 0) yield found;
    await nextTurn();
  }
  reader.end();
}

/** The same bytes in pieces of one size, whatever comes over the network at once. */
async function* slices(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    for (let rest = chunk; rest.length > 0; ) {
      const piece = rest.subarray(0, SLICE - length);
      held.push(piece);
      length += piece.length;
      rest = rest.subarray(piece.length);
      if (length < SLICE) continue;
      yield held.length === 1 ? piece : Buffer.concat(held);
      held = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(held);
}

class Collector implements XmlHandler {
  #found: DavResource[] = [];
  #depth = 0;
  #href = '';
  #status = '';
  #partStatus = '';
  #field = '';
  #property = '';
  #isCollection = false;
  #partIsCollection = false;
  #properties = new Map<string, string>();
  #part = new Map<string, string>();

  take(): readonly DavResource[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  open(name: string): void {
    this.#depth += 1;
    if (this.#depth === 1 && name !== '{DAV:}multistatus') throw new StorageError('unexpected', `The server answered with <${name.slice(0, 100)}> where a WebDAV listing was expected.`);
    if (this.#depth === RESPONSE) this.#begin();
    else if (this.#depth === PART) this.#field = name;
    else if (this.#depth === FIELD && this.#field === '{DAV:}propstat') this.#property = name === '{DAV:}status' ? name : '';
    else if (this.#depth === PROPERTY && this.#field === '{DAV:}propstat') {
      this.#property = name;
      if (this.#part.size < MAX_PROPERTIES) this.#part.set(name, '');
    } else if (this.#depth === PROPERTY + 1 && this.#property === '{DAV:}resourcetype' && name === '{DAV:}collection') this.#partIsCollection = true;
  }

  text(text: string): void {
    if (this.#depth === PART && this.#field === '{DAV:}href') this.#href = joined(this.#href, text);
    else if (this.#depth === PART && this.#field === '{DAV:}status') this.#status = joined(this.#status, text);
    else if (this.#depth === FIELD && this.#property === '{DAV:}status') this.#partStatus = joined(this.#partStatus, text);
    else if (this.#depth >= PROPERTY) {
      const before = this.#part.get(this.#property);
      if (before !== undefined) this.#part.set(this.#property, joined(before, text));
    }
  }

  close(name: string): void {
    if (this.#depth === PART && name === '{DAV:}propstat') this.#endPart();
    if (this.#depth === RESPONSE && name === '{DAV:}response') {
      this.#found.push({ href: this.#href.trim(), status: codeOf(this.#status), properties: this.#properties, isCollection: this.#isCollection });
    }
    this.#depth -= 1;
  }

  #begin(): void {
    this.#href = '';
    this.#status = '';
    this.#partStatus = '';
    this.#properties = new Map();
    this.#part = new Map();
    this.#isCollection = false;
    this.#partIsCollection = false;
  }

  /** Only what was found counts: servers list what they do not have with 404. */
  #endPart(): void {
    const status = codeOf(this.#partStatus);
    if (status === null || (status >= 200 && status <= 299)) {
      for (const [name, value] of this.#part) this.#properties.set(name, value.trim());
      this.#isCollection ||= this.#partIsCollection;
    }
    this.#part = new Map();
    this.#partStatus = '';
    this.#partIsCollection = false;
  }
}

function joined(before: string, text: string): string {
  return before.length + text.length > MAX_VALUE ? before : before + text;
}

/** Of a status line, e.g. `HTTP/1.1 200 OK`. */
function codeOf(line: string): number | null {
  const code = /^\s*HTTP\/\d(?:\.\d)?\s+(\d{3})\b/.exec(line)?.[1];
  return code === undefined ? null : Number(code);
}
