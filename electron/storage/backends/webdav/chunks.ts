import type { DavClient } from './dav-client.ts';
import type { Chunks, Product } from './findings.ts';

/** Files up to so many bytes go in one piece, which can be sent again. */
export const AT_ONCE = 1024 * 1024;
/** The same where it carries a digest, which must be known before. */
export const AT_ONCE_WITH_DIGEST = 4 * 1024 * 1024;

/** How our folders of chunks begin; they lie in the account's own uploads, where nobody looks. */
export const CHUNK_FOLDER = 'holdfast-';

/** https://docs.nextcloud.com/server/latest/developer_manual/client_apis/WebDAV/chunking.html: at most so many. */
const MAX_CHUNKS = 10_000;
const MIB = 1024 * 1024;
/** No chunk but the last may be smaller than 5 MB, and none larger than 5 GB. A hundred of them are a fair part to lose. */
const SMALLEST = 10 * MIB;
const USUAL_LARGEST = 100 * MIB;

/** Bytes of each chunk but the last. */
export function chunkSizeFor(size: number): number {
  const wanted = Math.min(Math.max(SMALLEST, Math.ceil(size / 100)), USUAL_LARGEST);
  return Math.ceil(Math.max(wanted, size / MAX_CHUNKS) / MIB) * MIB;
}

/** @param number from 1 */
export function chunkName(number: number): string {
  return String(number).padStart(5, '0');
}

/** What version 2 of the protocol wants with every request; version 1 takes no notice. */
export function chunkHeaders(dav: DavClient, target: string, size: number): Readonly<Record<string, string>> {
  return { destination: dav.destinationOf(target), 'oc-total-length': String(size) };
}

/** The address of a file of the location among the account's files, where alone chunks can be joined to. @returns null when it does not lie there */
export function inFiles(root: string, places: NonNullable<Product['places']>, uri: string): string | null {
  if (uri.startsWith(places.files)) return uri;
  const old = places.files.replace(/\/dav\/files\/[^/]+\/$/, '/webdav/');
  return root.startsWith(old) && uri.startsWith(old) ? places.files + uri.slice(old.length) : null;
}

/** Whether a file is better sent in chunks though nothing of it could be kept: the server compares the joined file, or limits the size of a request. */
export function worthChunks(size: number, { compared }: Chunks): boolean {
  return size > (compared ? AT_ONCE_WITH_DIGEST : SMALLEST);
}
