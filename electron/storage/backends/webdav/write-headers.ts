import type { Checksum } from '../../../../shared/storage/checksum.ts';
import { formatReprDigest } from '../../http/digest-fields.ts';
import type { OperationOptions } from '../../operation-options.ts';
import type { DavClient } from './dav-client.ts';
import type { SentDigest, SetsTime } from './findings.ts';
import { formatOcChecksum } from './oc-checksum.ts';

/** Properties by which servers let the time of a file be set, besides `X-OC-Mtime`; most honour none. */
export const SETTABLE_TIMES: readonly Exclude<SetsTime, 'header'>[] = ['{DAV:}lastmodified', '{DAV:}getlastmodified', '{urn:schemas-microsoft-com:}Win32LastModifiedTime'];

/** ownCloud's header for the time of a file, in seconds; other servers took it over. */
export function timeHeaders(modified: Date | undefined): Readonly<Record<string, string>> {
  return modified === undefined ? {} : { 'x-oc-mtime': String(seconds(modified)) };
}

/** @throws StorageError when the server refuses the request; a refused property alone shows in the time only */
export async function writeTime(dav: DavClient, uri: string, property: Exclude<SetsTime, 'header'>, modified: Date, options: OperationOptions = {}): Promise<boolean> {
  return dav.setProperty(uri, property, property === '{DAV:}lastmodified' ? String(seconds(modified)) : modified.toUTCString(), options);
}

/** The digest of the whole file, for the server to compare or to keep. */
export function sentDigestHeader({ header }: SentDigest, checksum: Checksum): Readonly<Record<string, string>> {
  const value = header === 'oc-checksum' ? formatOcChecksum(checksum) : formatReprDigest(checksum);
  return value === null ? {} : { [header]: value };
}

/** RFC 9110 section 14.4. @param total null: not known */
export function rangeHeaders(start: number, length: number, total: number | null): Readonly<Record<string, string>> {
  return { 'content-range': `bytes ${start}-${start + length - 1}/${total ?? '*'}` };
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
