import net, { type Socket } from 'node:net';
import { domainToASCII } from 'node:url';
import { answerOf } from './answer-of.ts';

/** Reply codes of RFC 1928 section 6. */
const REPLIES: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules do not allow it',
  3: 'the network cannot be reached',
  4: 'the host cannot be reached',
  5: 'the connection was refused',
  6: 'the connection took too long',
  7: 'it does not know the command',
  8: 'it does not know this kind of address',
};

/** Asks a SOCKS proxy of version 5 (RFC 1928), without sign-in, for a connection; the name is resolved by the proxy. @throws Error that says why not */
export async function connectSocks5(socket: Socket, host: string, port: number, stop: AbortSignal): Promise<void> {
  socket.write(Buffer.from([5, 1, 0]));
  const [version, method] = await answerOf(socket, stop, firstBytes(2));
  if (version !== 5) throw new Error('it speaks no SOCKS 5');
  if (method !== 0) throw new Error('it wants a sign-in, which Holdfast does not give to proxies');
  socket.write(Buffer.concat([Buffer.from([5, 1, 0]), addressOf(host), portOf(port)]));
  const reply = await answerOf(socket, stop, (bytes) => {
    const length = bytes.length < 5 ? 5 : 6 + (bytes[3] === 1 ? 4 : bytes[3] === 4 ? 16 : 1 + (bytes[4] ?? 0));
    return bytes.length < length ? null : { value: bytes, length };
  });
  if (reply[1] !== 0) throw new Error(REPLIES[reply[1] ?? 1] ?? `it answered ${reply[1] ?? 'nothing'}`);
}

/** As {@link connectSocks5}, version 4a. */
export async function connectSocks4(socket: Socket, host: string, port: number, stop: AbortSignal): Promise<void> {
  const isAddress = net.isIPv4(host);
  // an address 0.0.0.x says that a name follows
  const address = isAddress ? host.split('.').map(Number) : [0, 0, 0, 1];
  const name = isAddress ? Buffer.alloc(0) : Buffer.from(`${nameOf(host)}\0`);
  socket.write(Buffer.concat([Buffer.from([4, 1]), portOf(port), Buffer.from(address), Buffer.from([0]), name]));
  const [version, reply] = await answerOf(socket, stop, firstBytes(8));
  if (version !== 0) throw new Error('it speaks no SOCKS 4');
  if (reply !== 0x5a) throw new Error(`it refused (${reply ?? 'no code'})`);
}

function firstBytes(length: number): (bytes: Buffer) => { readonly value: Buffer; readonly length: number } | null {
  return (bytes) => (bytes.length < length ? null : { value: bytes, length });
}

function addressOf(host: string): Buffer {
  if (net.isIPv4(host)) return Buffer.from([1, ...host.split('.').map(Number)]);
  if (net.isIPv6(host)) return Buffer.concat([Buffer.from([4]), bytesOfIpv6(host)]);
  const name = Buffer.from(nameOf(host));
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

/** Letters beyond ASCII as they are written in the name system; a length that fits in a byte. */
function nameOf(host: string): string {
  const name = domainToASCII(host);
  if (name === '' || name.length > 255) throw new Error(`${JSON.stringify(host)} is not a host name`);
  return name;
}

/** The URL parser writes every spelling of an address the same way. */
function bytesOfIpv6(host: string): Buffer {
  const [head = '', tail] = new URL(`http://[${host}]`).hostname.slice(1, -1).split('::').map((part) => (part === '' ? [] : part.split(':')));
  const groups = tail === undefined ? [...head] : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  const bytes = Buffer.alloc(16);
  groups.forEach((group, index) => bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2));
  return bytes;
}

function portOf(port: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(port);
  return bytes;
}
