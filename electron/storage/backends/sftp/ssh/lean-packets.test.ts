import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import type { Client } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { leanPackets } from './lean-packets.ts';

interface Side {
  allocPacket(length: number): Buffer;
  encrypt(packet: Buffer): void;
  decrypt(bytes: Buffer, start: number, end: number): number | undefined;
}
interface LibraryCrypto {
  readonly CIPHER_INFO: Readonly<Record<string, object>>;
  createCipher(config: object): Side;
  createDecipher(config: object): Side;
}
const { CIPHER_INFO, createCipher, createDecipher } = createRequire(import.meta.url)('ssh2/lib/protocol/crypto.js') as LibraryCrypto;

const INFO = CIPHER_INFO['aes128-gcm@openssh.com'];
const digest = (bytes: Buffer): string => `${bytes.length}:${createHash('sha256').update(bytes).digest('hex')}`;
const key = Buffer.alloc(16, 1);
const iv = (): Buffer => Buffer.alloc(12, 2);
const PAYLOADS = [1, 20, 3000, 32_768, 5, 32_768, 32_700, 9000, 17].map((length, at) => Buffer.alloc(length, at + 1));

function sealing(onWrite: (piece: Buffer) => void): Side {
  return createCipher({ outbound: { seqno: 0, onWrite, cipherInfo: INFO, cipherKey: key, cipherIV: iv(), forceNative: true } });
}

function send(side: Side): void {
  for (const payload of PAYLOADS) {
    const packet = side.allocPacket(payload.length);
    packet.set(payload, 5);
    side.encrypt(packet);
  }
}

function lean(parts: { readonly _cipher?: Side; readonly _decipher?: Side }, stream = new PassThrough()): boolean {
  return leanPackets({ _protocol: parts } as unknown as Client, stream);
}

/** as the library seals them, with padding that is random */
function sealed(): Buffer {
  const pieces: Buffer[] = [];
  send(sealing((piece) => pieces.push(Buffer.from(piece))));
  return Buffer.concat(pieces);
}

function opening(onPayload: (payload: Buffer) => false | undefined): Side {
  return createDecipher({ inbound: { seqno: 0, onPayload, decipherInfo: INFO, decipherKey: key, decipherIV: iv(), forceNative: true } });
}

/** What comes of bytes that arrive in pieces of these lengths, in memory that is used again. */
function opened(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const payloads: Buffer[] = [];
  const side = opening((payload) => void payloads.push(Buffer.from(payload)));
  expect(lean({ _decipher: side })).toBe(true);
  const memory = Buffer.alloc(Math.max(...lengths));
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = Math.min(lengths[turn % lengths.length] ?? 1, bytes.length - at);
    bytes.copy(memory, 0, at, at + length);
    if (side.decrypt(memory.subarray(0, length), 0, length) !== undefined) expect.fail('it stopped');
    memory.fill(0xff, 0, length);
    at += length;
  }
  return payloads;
}

describe('lean packets', () => {
  it.each([[[1, 2, 1, 30_000]], [[3, 30_000, 1]], [[16]], [[65_536]], [[20_000]], [[1_000_000]]])('open what comes in pieces of %j', (lengths) => {
    expect(opened(sealed(), lengths).map(digest)).toEqual(PAYLOADS.map(digest));
  });

  it('leave in one piece each, as the library seals them', async () => {
    const pieces: Buffer[] = [];
    const stream = new PassThrough({ highWaterMark: 1_000_000 });
    stream.on('data', (piece: Buffer) => pieces.push(Buffer.from(piece)));
    const side = sealing(() => expect.fail('past the stream'));
    lean({ _cipher: side }, stream);
    send(side);
    stream.end();
    await new Promise((resolve) => stream.once('end', resolve));
    expect(pieces).toHaveLength(PAYLOADS.length);
    expect(opened(Buffer.concat(pieces), [50_000]).map(digest)).toEqual(PAYLOADS.map(digest));
  });

  it('are refused when a byte is not as it was sent, wherever it is', () => {
    const bytes = sealed();
    for (const at of [6, bytes.length - 1, 4000, 50_000]) {
      const wrong = Buffer.from(bytes);
      wrong.writeUInt8(wrong.readUInt8(at) ^ 1, at);
      expect(() => opened(wrong, [10_000])).toThrow();
      expect(() => opened(wrong, [1_000_000])).toThrow();
    }
  });

  it.each([[3], [100], [1_000_000]])('are refused with a length that cannot be, in pieces of %d', (length) => {
    const wrong = sealed();
    const third = 4 + wrong.readUInt32BE(0) + 16;
    wrong.writeUInt32BE(0xffffffff, third);
    expect(() => opened(wrong, [length])).toThrow('Bad packet length');
  });

  it('stop where the library stops, e.g. because the keys change', () => {
    const bytes = sealed();
    let left = 3;
    const side = opening(() => (--left === 0 ? false : undefined));
    lean({ _decipher: side });
    const ends = [0, 0, 0].reduce<number>((at) => at + 20 + bytes.readUInt32BE(at), 0);
    const first = ends - 100;
    expect(side.decrypt(bytes, 0, first)).toBeUndefined();
    expect(side.decrypt(bytes, first, bytes.length)).toBe(ends);
  });

  it('leave ciphers alone that work in another way', () => {
    expect(lean({})).toBe(false);
    expect(leanPackets({} as Client, new PassThrough())).toBe(false);
  });
});
