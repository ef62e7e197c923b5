import { brokenProtocol } from './wire.ts';

/** Longer than any reply to what is asked: pieces of files are asked for in 256 KiB at most, and folders come in pieces of their own. */
const MAX_PACKET = 4 * 1024 * 1024;

/** Puts packets together out of the pieces that a channel gives, in memory of their own. */
export class PacketAssembler {
  readonly #onPacket: (packet: Buffer) => void;
  /** of the packet under way: its length field, then itself */
  #head: Buffer = Buffer.alloc(0);
  #body: Buffer | null = null;
  #filled = 0;

  constructor(onPacket: (packet: Buffer) => void) {
    this.#onPacket = onPacket;
  }

  /** @throws StorageError unavailable when the lengths make no sense */
  push(piece: Buffer): void {
    let rest = piece;
    while (rest.length > 0) rest = this.#body === null ? this.#begin(rest) : this.#fill(this.#body, rest);
  }

  #begin(piece: Buffer): Buffer {
    const bytes = this.#head.length === 0 ? piece : Buffer.concat([this.#head, piece]);
    if (bytes.length < 4) {
      this.#head = Buffer.from(bytes);
      return Buffer.alloc(0);
    }
    this.#head = Buffer.alloc(0);
    const length = bytes.readUInt32BE(0);
    if (length === 0 || length > MAX_PACKET) throw brokenProtocol(`a packet of ${length} bytes came`);
    const end = 4 + length;
    if (bytes.length < end) {
      this.#body = Buffer.allocUnsafe(length);
      this.#filled = bytes.copy(this.#body, 0, 4);
      return Buffer.alloc(0);
    }
    this.#onPacket(Buffer.from(bytes.subarray(4, end)));
    return bytes.subarray(end);
  }

  #fill(body: Buffer, piece: Buffer): Buffer {
    const taken = piece.copy(body, this.#filled);
    this.#filled += taken;
    if (this.#filled === body.length) {
      this.#body = null;
      this.#onPacket(body);
    }
    return piece.subarray(taken);
  }
}
