/** What the id of a block tells: which upload it belongs to, where, and the MD5 that the service compared when it took the block. */
export interface BlockMark {
  /** 16 hexadecimal digits */
  readonly upload: string;
  /** from 0 */
  readonly index: number;
  /** 32 hexadecimal digits */
  readonly md5: string;
}

const MAGIC = 'hf1';
const LENGTH = MAGIC.length + 8 + 4 + 16;

/** Base64 of at most 64 bytes, and all ids of a blob have one length, as Put Block demands. */
export function blockId({ upload, index, md5 }: BlockMark): string {
  const place = Buffer.alloc(4);
  place.writeUInt32BE(index);
  return Buffer.concat([Buffer.from(MAGIC), Buffer.from(upload, 'hex'), place, Buffer.from(md5, 'hex')]).toString('base64');
}

/** @returns null for ids of others */
export function readBlockId(id: string): BlockMark | null {
  const bytes = Buffer.from(id, 'base64');
  if (bytes.length !== LENGTH || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
  return { upload: bytes.toString('hex', 3, 11), index: bytes.readUInt32BE(11), md5: bytes.toString('hex', 15) };
}
