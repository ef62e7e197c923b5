import { StorageError } from '../../../../../shared/storage/errors.ts';
import { REQUEST } from './constants.ts';

/** Part of a request: a number is a uint32, a bigint a uint64, text and bytes are strings with their length, `raw` is written as it is. */
export type Field = number | bigint | string | Uint8Array | { readonly raw: Uint8Array };

/** A request with its length (draft-ietf-secsh-filexfer-02 section 3). */
export function request(type: number, id: number, fields: readonly Field[]): Buffer {
  const packet = Buffer.allocUnsafe(9 + fields.reduce<number>((length, field) => length + sizeOf(field), 0));
  packet.writeUInt32BE(packet.length - 4, 0);
  packet[4] = type;
  packet.writeUInt32BE(id, 5);
  let at = 9;
  for (const field of fields) at = put(packet, field, at);
  return packet;
}

/** All of a WRITE but its bytes, which follow unchanged. */
export function writeRequest(id: number, handle: Uint8Array, offset: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(9 + 4 + handle.length + 8 + 4);
  head.writeUInt32BE(head.length - 4 + length, 0);
  head[4] = REQUEST.write;
  head.writeUInt32BE(id, 5);
  const at = put(head, BigInt(offset), put(head, handle, 9));
  head.writeUInt32BE(length, at);
  return head;
}

function sizeOf(field: Field): number {
  if (typeof field === 'number') return 4;
  if (typeof field === 'bigint') return 8;
  if (typeof field === 'string') return 4 + Buffer.byteLength(field);
  return field instanceof Uint8Array ? 4 + field.length : field.raw.length;
}

function put(packet: Buffer, field: Field, at: number): number {
  if (typeof field === 'number') return packet.writeUInt32BE(field, at);
  if (typeof field === 'bigint') return packet.writeBigUInt64BE(field, at);
  if (typeof field === 'string') {
    const written = packet.write(field, at + 4, 'utf8');
    packet.writeUInt32BE(written, at);
    return at + 4 + written;
  }
  if (field instanceof Uint8Array) {
    packet.writeUInt32BE(field.length, at);
    packet.set(field, at + 4);
    return at + 4 + field.length;
  }
  packet.set(field.raw, at);
  return at + field.raw.length;
}

/** Reads what a server sent. @throws StorageError unavailable when it is shorter than it says: nothing that follows can be trusted */
export class WireReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** @returns Infinity where JavaScript cannot count so far */
  uint64(): number {
    const value = this.#bytes.readBigUInt64BE(this.#take(8));
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(value);
  }

  string(): Buffer {
    const length = this.uint32();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#take(this.left));
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.left) throw brokenProtocol('a packet is shorter than it says');
    this.#at += length;
    return start;
  }
}

export function brokenProtocol(what: string): StorageError {
  return new StorageError('unavailable', `The server does not keep to SFTP: ${what}.`, { context: { system: 'SFTP_PROTOCOL' } });
}
