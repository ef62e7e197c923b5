import { type Checksum, type Checksums, HASH_HEX_LENGTHS, type HashName, checksumAlgorithm, checksumHex, formatChecksum } from '../../../shared/storage/checksum.ts';

/** The algorithms of RFC 9530 section 5 that are not broken, as ours, in the order of preference. */
const ALGORITHMS: readonly (readonly [string, HashName])[] = [
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
];

export const DIGEST_FIELD_HASHES: readonly HashName[] = ALGORITHMS.map(([, name]) => name);

/** What `Want-Repr-Digest` asks for (RFC 9530 section 4). */
export const WANT_REPR_DIGEST = ALGORITHMS.map(([name], at) => `${name}=${10 - at}`).join(', ');

/** `Repr-Digest` of a whole file (RFC 9530 section 3). @returns null for an algorithm that the field does not know */
export function formatReprDigest(checksum: Checksum): string | null {
  const name = ALGORITHMS.find(([, ours]) => ours === checksumAlgorithm(checksum))?.[0];
  return name === undefined ? null : `${name}=:${Buffer.from(checksumHex(checksum), 'hex').toString('base64')}:`;
}

/** Reads `Repr-Digest`, a dictionary of byte sequences. A field that breaks the rules of RFC 8941 counts as absent, as section 4.2 of that demands. */
export function parseReprDigest(field: string | readonly string[] | null | undefined): Checksums {
  const members = parseDictionary(typeof field === 'string' ? field : (field ?? []).join(', '));
  const found: Partial<Record<HashName, Checksum>> = {};
  for (const [name, ours] of ALGORITHMS) {
    const bytes = members?.get(name);
    if (bytes?.length === HASH_HEX_LENGTHS[ours] / 2) found[ours] = formatChecksum(ours, bytes.toString('hex'));
  }
  return found;
}

const KEY = '[a-z*][a-z0-9_.*-]*';
const BYTES = ':([A-Za-z0-9+/]*={0,2}):';
const BARE = String.raw`-?\d+(?:\.\d+)?|"(?:[ !#-\[\]-~]|\\["\\])*"|[A-Za-z*][!#$%&'*+.^_\`|~0-9A-Za-z:/-]*|\?[01]|:[A-Za-z0-9+/=]*:`;
const PARAMETERS = `(?:; *${KEY}(?:=(?:${BARE}))?)*`;
const ITEM = `(?:${BARE})${PARAMETERS}`;
const MEMBER = new RegExp(String.raw`(${KEY})(?:=(?:${BYTES}|(?:${BARE})|\( *(?:${ITEM}(?: +${ITEM})*)? *\)))?${PARAMETERS}`, 'y');
const COMMA = /[ \t]*,[ \t]*(?!$)/y;

/** RFC 8941 section 4.2.2. Only byte sequences are kept; of equal keys the last counts. @returns null when it is none */
function parseDictionary(text: string): ReadonlyMap<string, Buffer> | null {
  const trimmed = text.replaceAll(/^ +| +$/g, '');
  const members = new Map<string, Buffer>();
  for (let at = 0; at < trimmed.length; ) {
    if (at > 0) {
      COMMA.lastIndex = at;
      if (!COMMA.test(trimmed)) return null;
      at = COMMA.lastIndex;
    }
    MEMBER.lastIndex = at;
    const [whole, key = '', base64] = MEMBER.exec(trimmed) ?? [];
    if (whole === undefined) return null;
    members.delete(key);
    if (base64 !== undefined) members.set(key, Buffer.from(base64, 'base64'));
    at += whole.length;
  }
  return members;
}
