import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { returnMemory } from '../../../../integrity/return-memory.ts';

/** The parts of the library that turn packets into bytes and back, as far as they are touched here. */
interface Sealing {
  readonly _encSSLName?: string;
  _onWrite(piece: Uint8Array): void;
  encrypt(packet: Buffer): void;
}
interface Opening {
  readonly _decipherSSLName?: string;
  /** @returns where to go on; undefined when all was taken */
  decrypt(bytes: Buffer, start: number, end: number): number | undefined;
}

/** RFC 5647 section 7.3 */
const TAG = 16;
const LENGTH = 4;
/** The library refuses longer ones. */
const LONGEST = 35_000;
/** Shorter packets come out of Node's pool. */
const POOLED = 4096;
/** Buffers that are kept for the next packets. */
const SPARE = 64;

/**
 * Makes a connection with AES-GCM spend less on memory: the library makes three buffers for each packet that it sends, and up to four for one
 * that it receives in two pieces. What it encrypts and checks stays its own business. To be called after every exchange of keys.
 * @returns whether what arrives is not looked at any more once it was handed over, so that its memory can be used again
 */
export function leanPackets(client: Client, stream: Duplex): boolean {
  const { _cipher: sealing, _decipher: opening } = (client as unknown as { readonly _protocol?: { readonly _cipher?: Sealing; readonly _decipher?: Opening } })._protocol ?? {};
  if (sealing?._encSSLName !== undefined) sealInOne(sealing, stream);
  if (opening?._decipherSSLName === undefined) return false;
  openWhole(opening);
  return true;
}

/** A packet leaves as one piece, in memory that is used again when it has left. */
function sealInOne(sealing: Sealing, stream: Duplex): void {
  const spare: Buffer[] = [];
  const encrypt = sealing.encrypt.bind(sealing);
  let room: Buffer = Buffer.alloc(0);
  let filled = 0;
  sealing._onWrite = (piece) => {
    room.set(piece, filled);
    filled += piece.length;
    // The length is cut out of the packet, which is encrypted only after it.
    if (isWhole(piece)) returnMemory(piece);
  };
  sealing.encrypt = (packet) => {
    const length = packet.length + TAG;
    const pooled = length <= POOLED;
    const sealed = pooled ? Buffer.allocUnsafe(length) : (spare.pop() ?? Buffer.allocUnsafeSlow(LONGEST + LENGTH + TAG));
    room = sealed.length < length ? Buffer.allocUnsafeSlow(length) : sealed;
    filled = 0;
    encrypt(packet);
    if (isWhole(packet)) returnMemory(packet);
    if (filled === 0 || !stream.writable) return;
    stream.write(room.subarray(0, filled), (error) => {
      if (!pooled && (error === null || error === undefined) && spare.length < SPARE) spare.push(sealed);
    });
  };
}

/** The library gets whole packets, so that it decrypts each in one go. */
function openWhole(opening: Opening): void {
  const decrypt = opening.decrypt.bind(opening);
  const held = Buffer.allocUnsafeSlow(LENGTH + LONGEST + TAG);
  let filled = 0;

  const hold = (bytes: Buffer, start: number, end: number): number => {
    bytes.copy(held, filled, start, end);
    filled += end - start;
    return end;
  };

  opening.decrypt = (bytes, start, end) => {
    let at = start;
    while (at < end) {
      if (filled === 0) {
        const whole = wholePackets(bytes, at, end);
        if (whole === null) return decrypt(bytes, at, end);
        const next = whole > at ? decrypt(bytes, at, whole) : undefined;
        if (next !== undefined) return next;
        at = whole > at ? whole : hold(bytes, at, end);
        continue;
      }
      if (filled < LENGTH) at = hold(bytes, at, Math.min(end, at + LENGTH - filled));
      if (filled < LENGTH) return undefined;
      const length = packetLength(held, 0);
      if (length > held.length) return decrypt(held, 0, filled);
      at = hold(bytes, at, Math.min(end, at + length - filled));
      if (filled < length) return undefined;
      filled = 0;
      const next = decrypt(held, 0, length);
      if (next !== undefined) return next === Infinity ? next : at;
    }
    return undefined;
  };
}

function isWhole({ byteLength, buffer }: Uint8Array): boolean {
  return byteLength === buffer.byteLength;
}

function packetLength(bytes: Buffer, at: number): number {
  return LENGTH + bytes.readUInt32BE(at) + TAG;
}

/** @returns where the last whole packet ends; null for a length that cannot be, which is for the library to refuse */
function wholePackets(bytes: Buffer, start: number, end: number): number | null {
  let at = start;
  while (end - at >= LENGTH) {
    const length = packetLength(bytes, at);
    if (length > LENGTH + LONGEST + TAG) return at === start ? null : at;
    if (length > end - at) break;
    at += length;
  }
  return at;
}
