import type { Field, WireReader } from './wire.ts';

/** What a server says of a file; null for what it does not say. Times are in seconds since 1970. */
export interface Attributes {
  /** bytes */
  readonly size: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  /** as `st_mode`: kind and permissions */
  readonly mode: number | null;
  readonly accessed: number | null;
  readonly modified: number | null;
}

/** `unknown`: the server does not tell kinds apart. */
export type EntryKind = 'file' | 'folder' | 'link' | 'special' | 'unknown';

const FLAG = { size: 0x1, owner: 0x2, mode: 0x4, times: 0x8, extended: 0x80000000 } as const;
const LAST_SECOND = 0xffffffff;

/** draft-ietf-secsh-filexfer-02 section 5 */
export function readAttributes(reader: WireReader): Attributes {
  const flags = reader.uint32();
  const size = flags & FLAG.size ? reader.uint64() : null;
  const [uid, gid] = flags & FLAG.owner ? [reader.uint32(), reader.uint32()] : [null, null];
  const mode = flags & FLAG.mode ? reader.uint32() : null;
  const [accessed, modified] = flags & FLAG.times ? [reader.uint32(), reader.uint32()] : [null, null];
  if (flags & FLAG.extended) {
    for (let count = reader.uint32(); count > 0; count--) {
      reader.string();
      reader.string();
    }
  }
  return { size: size === Infinity ? null : size, uid, gid, mode, accessed, modified };
}

export interface NewAttributes {
  readonly size?: number;
  /** permission bits */
  readonly mode?: number | undefined;
  /** both at once: the protocol knows no other way */
  readonly times?: { readonly accessed: Date; readonly modified: Date } | undefined;
}

export const NO_ATTRIBUTES: Field = 0;

/** Fields of a request that sets attributes. */
export function writeAttributes({ size, mode, times }: NewAttributes): readonly Field[] {
  const flags = (size === undefined ? 0 : FLAG.size) | (mode === undefined ? 0 : FLAG.mode) | (times === undefined ? 0 : FLAG.times);
  return [flags, ...(size === undefined ? [] : [BigInt(size)]), ...(mode === undefined ? [] : [mode & 0o7777]), ...(times === undefined ? [] : [seconds(times.accessed), seconds(times.modified)])];
}

/** The protocol counts from 1970 to 2106. */
function seconds(time: Date): number {
  return Math.min(LAST_SECOND, Math.max(0, Math.floor(time.getTime() / 1000)));
}

export function kindOf({ mode }: Pick<Attributes, 'mode'>): EntryKind {
  if (mode === null || (mode & 0o170000) === 0) return 'unknown';
  switch (mode & 0o170000) {
    case 0o100000:
      return 'file';
    case 0o040000:
      return 'folder';
    case 0o120000:
      return 'link';
    default:
      return 'special';
  }
}

/** As in the `modified` of a file instance. */
export function modifiedIso({ modified }: Pick<Attributes, 'modified'>): string | null {
  return modified === null ? null : new Date(modified * 1000).toISOString();
}
