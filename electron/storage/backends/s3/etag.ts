import { createHash } from 'node:crypto';
import { type Checksum, checksumHex } from '../../../../shared/storage/checksum.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { LocalBytes, OperationOptions, PartsVerdict } from '../../storage-backend.ts';
import { candidatePartSizes } from './part-size-guess.ts';

/** What an ETag is: the MD5 of the whole, the MD5 of the MD5s of so many parts, or something that says nothing about the bytes. */
export type EtagMeaning = { readonly kind: 'md5'; readonly md5: string } | { readonly kind: 'parts'; readonly md5: string; readonly parts: number } | { readonly kind: 'opaque' };

/**
 * The ETag of an object in parts: the MD5 of the parts' MD5s one after the other, a dash and their number. Amazon documents that it is no
 * MD5 of the object (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html); how it is made every server does alike.
 */
export function etagOfParts(md5s: readonly Checksum[]): string {
  const hash = createHash('md5');
  for (const md5 of md5s) hash.update(checksumHex(md5), 'hex');
  return `${hash.digest('hex')}-${md5s.length}`;
}

export function meaningOf(etag: string): EtagMeaning {
  const found = /^"?([0-9a-f]{32})(?:-([1-9]\d{0,4}))?"?$/i.exec(etag);
  const md5 = found?.[1]?.toLowerCase();
  if (md5 === undefined) return { kind: 'opaque' };
  return found?.[2] === undefined ? { kind: 'md5', md5 } : { kind: 'parts', md5, parts: Number(found[2]) };
}

export interface StoredEtag {
  /** as the server tells it, with or without quotes */
  readonly etag: string;
  /** bytes; null when not known */
  readonly size: number | null;
  /** sizes of all parts in their order, or of all but the last; what the server told of them. Absent or empty: it told nothing. */
  readonly partSizes?: readonly number[];
  /** why the ETag is no MD5 in spite of its looks; null: it is what it looks like */
  readonly opaque?: string | null;
}

export interface EtagVerdict extends PartsVerdict {
  /** bytes of every part but the last; null where it was not sent in parts or is not known */
  readonly partSize: number | null;
}

/**
 * Tells whether local bytes are those of a stored object by its ETag alone; nothing is downloaded. For an ETag of parts every part size that
 * fits the number of parts and that programs are known to use is tried, in one pass over the local bytes.
 */
export async function compareWithEtag(stored: StoredEtag, local: LocalBytes, { signal }: OperationOptions = {}): Promise<EtagVerdict> {
  const { etag, size, opaque = null } = stored;
  const shown = JSON.stringify(etag.replaceAll('"', '').slice(0, 80));
  const meaning = meaningOf(etag);
  if (size !== null && size !== local.size) return { verdict: 'mismatch', why: `The object has ${size.toLocaleString('en-US')} bytes, the local file ${local.size.toLocaleString('en-US')}.`, partSize: null };
  if (opaque !== null) return { verdict: 'cannot tell', why: opaque, partSize: null };
  if (meaning.kind === 'opaque') return { verdict: 'cannot tell', why: `The ETag ${shown} is no digest of the bytes.`, partSize: null };
  if (meaning.kind === 'md5') {
    const { checksums } = await hashStream(await local.open(), ['md5'], { signal });
    const same = checksums.md5 === `md5:${meaning.md5}`;
    return { verdict: same ? 'match' : 'mismatch', why: same ? 'The ETag is the MD5 of the local file.' : `The ETag is ${meaning.md5}, the MD5 of the local file ${checksums.md5 === undefined ? 'unknown' : checksumHex(checksums.md5)}.`, partSize: null };
  }
  return compareParts(meaning, stored.partSizes ?? [], local, signal);
}

async function compareParts({ md5, parts }: Extract<EtagMeaning, { kind: 'parts' }>, told: readonly number[], local: LocalBytes, signal: AbortSignal | undefined): Promise<EtagVerdict> {
  const expected = `${md5}-${parts}`;
  const toldAll = told.length === parts ? told : null;
  const candidates = toldAll === null ? candidatePartSizes(local.size, parts, told) : [];
  const layouts = [...(toldAll === null ? [] : [toldAll]), ...candidates.map((size) => layoutOf(local.size, size, parts))];
  if (layouts.length === 0) return { verdict: 'cannot tell', why: `The ETag is of ${parts} parts, and no part size that programs are known to use cuts ${local.size.toLocaleString('en-US')} bytes into so many.`, partSize: null };
  const found = await etagsOf(layouts, local, signal);
  const at = found.indexOf(expected);
  const [first = 0] = layouts[at] ?? [];
  if (at >= 0) return { verdict: 'match', why: `The ETag is that of the local file, cut into ${parts} ${parts === 1 ? 'part' : `parts of ${words(first)}`}.`, partSize: parts === 1 ? null : first };
  // One part is the whole, and parts that the server told of are these and no others.
  if (parts === 1 || toldAll !== null) return { verdict: 'mismatch', why: `The ETag is ${expected}, that of the local file cut in the same way ${found[0] ?? 'unknown'}.`, partSize: toldAll?.[0] ?? null };
  return { verdict: 'cannot tell', why: `The ETag is of ${parts} parts. Of the part sizes that programs are known to use, ${candidates.map(words).join(', ')} would cut the file into so many, but none gives this ETag: the bytes are others, or the parts had another size.`, partSize: null };
}

function layoutOf(size: number, partSize: number, parts: number): readonly number[] {
  return Array.from({ length: parts }, (_, index) => Math.max(0, Math.min(partSize, size - index * partSize)));
}

/** The ETags of the same bytes cut in different ways. */
async function etagsOf(layouts: readonly (readonly number[])[], local: LocalBytes, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const cutters = layouts.map((layout) => new Cutter(layout));
  for await (const chunk of await local.open()) {
    signal?.throwIfAborted();
    for (const cutter of cutters) {
      cutter.update(chunk as Uint8Array);
      // Many ways to cut would else stall the loop.
      if (cutters.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return cutters.map((cutter) => cutter.etag());
}

class Cutter {
  readonly #layout: readonly number[];
  readonly #digests = createHash('md5');
  #part = createHash('md5');
  #index = 0;
  #left: number;

  constructor(layout: readonly number[]) {
    this.#layout = layout;
    this.#left = layout[0] ?? 0;
  }

  update(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0 && this.#index < this.#layout.length) {
      const piece = rest.subarray(0, this.#left);
      this.#part.update(piece);
      this.#left -= piece.length;
      rest = rest.subarray(piece.length);
      if (this.#left === 0 && this.#index < this.#layout.length - 1) this.#next();
      else if (this.#left === 0) break;
    }
  }

  etag(): string {
    this.#digests.update(this.#part.digest());
    return `${this.#digests.digest('hex')}-${this.#layout.length}`;
  }

  #next(): void {
    this.#digests.update(this.#part.digest());
    this.#part = createHash('md5');
    this.#index += 1;
    this.#left = this.#layout[this.#index] ?? 0;
  }
}

function words(bytes: number): string {
  const mib = bytes / 1024 / 1024;
  return Number.isInteger(mib) ? `${mib.toLocaleString('en-US')} MiB` : `${bytes.toLocaleString('en-US')} bytes`;
}
