import type { FileDetail } from '../../../../shared/storage/file-instance.ts';
import { DAV, OC, type Entry } from './entry.ts';
import type { Product } from './findings.ts';
import { parseOcChecksums } from './oc-checksum.ts';

export const DETAIL_PROPERTIES: readonly string[] = [DAV.etag, DAV.mediaType];
export const OC_DETAIL_PROPERTIES: readonly string[] = [...DETAIL_PROPERTIES, OC.checksums, OC.owner];

/** Longest value that is shown, in characters. */
const LONGEST = 300;

/** What else a server says of a file. Its checksums are never evidence: Nextcloud keeps what the uploader said, ownCloud what it saw when the bytes came in, and neither looks at the file again. */
export function detailsOf({ etag, properties }: Entry, product: Product | null): readonly FileDetail[] {
  const label = product?.name === 'ownCloud' ? 'as the server saw it on arrival' : 'as sent by the uploader';
  const checksums = parseOcChecksums(properties.get(OC.checksums) ?? '').map(({ algorithm, hex }) => ({ label: `Declared ${algorithm.toLowerCase()} (${label})`, value: hex }));
  const plain = [
    { label: 'Media type', value: properties.get(DAV.mediaType) },
    { label: 'ETag', value: etag ?? undefined },
    { label: 'Owner', value: properties.get(OC.owner) },
  ];
  return [...plain.flatMap(({ label: title, value }) => (value === undefined || value === '' ? [] : [{ label: title, value: shown(value) }])), ...checksums];
}

function shown(value: string): string {
  return value.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').slice(0, LONGEST);
}
