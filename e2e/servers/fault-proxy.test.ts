import { randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy, type FaultProxy, type FaultRules } from './fault-proxy.ts';

/** A server that keeps what it gets, and answers with what `reply` makes of it. */
class Peer {
  readonly received: Buffer[] = [];
  readonly sockets = new Set<Socket>();
  readonly server: Server;
  ended = 0;
  reply: (socket: Socket, data: Buffer) => void = () => undefined;

  constructor() {
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data: Buffer) => {
        this.received.push(data);
        this.reply(socket, data);
      });
      socket.on('end', () => {
        this.ended += 1;
        socket.end();
      });
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.received);
  }
}

interface Client {
  readonly socket: Socket;
  readonly received: Buffer[];
  readonly bytes: Buffer;
  /** how it was closed: `end`, or the error's code */
  readonly closed: Promise<string>;
}

function client(port: number, host = '127.0.0.1'): Client {
  const socket = connect({ port, host, allowHalfOpen: true });
  socket.setNoDelay(true);
  const received: Buffer[] = [];
  socket.on('data', (data: Buffer) => received.push(data));
  socket.on('end', () => socket.end());
  const closed = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', () => resolve('end'));
  });
  return {
    socket,
    received,
    closed,
    get bytes() {
      return Buffer.concat(received);
    },
  };
}

const write = (socket: Socket, data: string | Uint8Array) => new Promise<void>((resolve) => socket.write(data, () => resolve()));
const turn = () => new Promise((resolve) => setTimeout(resolve, 2));
async function until(what: () => boolean): Promise<void> {
  while (!what()) await turn();
}

let peer: Peer;
let proxy: FaultProxy;
let clients: Client[];
const dial = () => {
  const made = client(proxy.port);
  clients.push(made);
  return made;
};
const startWith = async (rules: FaultRules) => {
  proxy.set(rules);
  return dial();
};

beforeEach(async () => {
  peer = new Peer();
  clients = [];
  await new Promise<void>((resolve) => peer.server.listen(0, '127.0.0.1', resolve));
  proxy = await startFaultProxy({ target: (peer.server.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  await proxy.stop();
  for (const socket of peer.sockets) socket.destroy();
  await new Promise((resolve) => peer.server.close(resolve));
});

describe('without rules', () => {
  it('everything passes in both directions, half-closed connections too, and is counted', async () => {
    const data = randomBytes(3_000_000);
    peer.reply = (socket, chunk) => socket.write(chunk);
    const { socket, received, closed } = dial();
    socket.end(data);
    expect(await closed).toBe('end');
    expect(Buffer.concat(received).equals(data)).toBe(true);
    expect(peer.bytes.equals(data)).toBe(true);
    expect(proxy.total).toEqual({ connections: 1, up: 3_000_000, down: 3_000_000 });
    expect(proxy.connections).toMatchObject([{ index: 0, up: 3_000_000, down: 3_000_000, fault: null }]);
    proxy.resetCounts();
    expect(proxy.total).toEqual({ connections: 0, up: 0, down: 0 });
  });

  it('a slow receiver holds the sender back', async () => {
    const { socket } = dial();
    await until(() => peer.sockets.size === 1);
    for (const one of peer.sockets) one.pause();
    const data = randomBytes(64 * 1024 * 1024);
    let accepted = false;
    socket.write(data, () => (accepted = true));
    let before = -1;
    while (proxy.total.up !== before || before === 0) {
      before = proxy.total.up;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(proxy.total.up).toBeLessThan(32 * 1024 * 1024);
    expect(accepted).toBe(false);
    for (const one of peer.sockets) one.resume();
    await until(() => proxy.total.up === data.length);
  });

  it('the end of the server ends the client', async () => {
    const { closed } = dial();
    await until(() => peer.sockets.size === 1);
    for (const one of peer.sockets) one.resetAndDestroy();
    await closed;
    expect(proxy.connections[0]?.open).toBe(false);
  });

  it('cutAll resets', async () => {
    const { closed } = dial();
    await until(() => peer.sockets.size === 1);
    proxy.cutAll();
    expect(await closed).toBe('ECONNRESET');
  });
});

describe('a cut', () => {
  it.each([
    ['close', 'end'],
    ['reset', 'ECONNRESET'],
    ['end', 'end'],
  ] as const)('up (%s) comes after exactly so many bytes', async (cut, seen) => {
    const { socket, closed } = await startWith({ up: { cutAfter: 1000, cut } });
    socket.write(Buffer.alloc(600, 'a'));
    await until(() => peer.bytes.length === 600);
    socket.write(Buffer.alloc(600, 'b'));
    expect(await closed).toBe(seen);
    if (cut !== 'reset') await until(() => peer.ended === 1);
    expect(peer.bytes.length).toBe(1000);
    expect(proxy.connections[0]).toMatchObject({ up: 1000, fault: `cut (${cut})` });
  });

  it.each([
    ['close', 'end'],
    ['reset', 'ECONNRESET'],
    ['end', 'end'],
  ] as const)('down (%s) comes after exactly so many bytes', async (cut, seen) => {
    peer.reply = (socket) => socket.write(Buffer.alloc(5000, 'x'));
    const one = await startWith({ down: { cutAfter: 1234, cut } });
    one.socket.write('?');
    expect(await one.closed).toBe(seen);
    expect(one.bytes.length).toBe(1234);
    expect(proxy.total.down).toBe(1234);
  });
});

describe('a stall', () => {
  it('holds for ever, with the connection open, until the rules are cleared', async () => {
    const { socket } = await startWith({ up: { stallAfter: 10 } });
    await write(socket, 'a'.repeat(25));
    await until(() => proxy.connections[0]?.fault === 'stall');
    await write(socket, 'b'.repeat(5));
    expect(proxy.total.up).toBe(10);
    expect(socket.destroyed).toBe(false);
    proxy.clear();
    await until(() => peer.bytes.length === 30);
    expect(peer.bytes.toString()).toBe('a'.repeat(25) + 'b'.repeat(5));
  });

  it('for a time goes on by itself', async () => {
    const { socket } = await startWith({ up: { stallAfter: 10, stallMs: 30 } });
    const before = performance.now();
    socket.write('a'.repeat(25));
    await until(() => peer.bytes.length === 25);
    expect(performance.now() - before).toBeGreaterThan(25);
    expect(proxy.connections[0]?.fault).toBe('stall');
  });

  it('ends with the connection', async () => {
    const { socket } = await startWith({ up: { stallAfter: 0 } });
    socket.write('a');
    await until(() => proxy.connections[0]?.fault === 'stall');
    socket.resetAndDestroy();
    await until(() => proxy.connections[0]?.open === false);
    expect(peer.bytes.length).toBe(0);
  });

  it('down lets the other direction pass', async () => {
    peer.reply = (socket) => socket.write('answer');
    const one = await startWith({ down: { stallAfter: 3 } });
    one.socket.write('a');
    await until(() => one.bytes.length === 3);
    one.socket.write('b');
    await until(() => peer.bytes.length === 2);
    expect(one.bytes.toString()).toBe('ans');
  });
});

describe('slow connections', () => {
  it('give no more bytes in a time than said', async () => {
    const { socket } = await startWith({ up: { bytesPerSecond: 100_000 } });
    const before = performance.now();
    socket.write(Buffer.alloc(20_000));
    await until(() => peer.bytes.length === 20_000);
    expect(performance.now() - before).toBeGreaterThan(170);
  });

  it('delay every piece', async () => {
    peer.reply = (socket) => socket.write('x');
    const one = await startWith({ down: { delayMs: 40 } });
    const before = performance.now();
    one.socket.write('a');
    await until(() => one.bytes.length === 1);
    expect(performance.now() - before).toBeGreaterThan(35);
  });

  it('split into small pieces', async () => {
    peer.reply = (socket) => socket.write('abcdefghij');
    const one = await startWith({ down: { split: 3, delayMs: 5 } });
    one.socket.write('a');
    await until(() => one.bytes.length === 10);
    expect(one.received.map(String)).toEqual(['abc', 'def', 'ghi', 'j']);
  });
});

describe('spoilt bytes', () => {
  it('flip exactly one, wherever pieces begin', async () => {
    const { socket } = await startWith({ up: { flipAt: 5 } });
    await write(socket, 'aaa');
    await until(() => peer.bytes.length === 3);
    await write(socket, 'aaaaaa');
    await until(() => peer.bytes.length === 9);
    expect(peer.bytes.toString()).toBe('aaaaa`aaa');
    expect(proxy.connections[0]?.fault).toBe('flip');
  });

  it('drop some, over the edge of pieces', async () => {
    const { socket } = await startWith({ up: { dropAt: 2, dropLength: 3 } });
    await write(socket, '012');
    await until(() => peer.bytes.length === 2);
    await write(socket, '34567');
    await until(() => peer.bytes.length === 5);
    expect(peer.bytes.toString()).toBe('01567');
  });
});

describe('a lost answer', () => {
  it('lets the server have everything and the client nothing but a wish to go on', async () => {
    peer.reply = (socket, data) => socket.write(data.includes('PUT') ? 'HTTP/1.1 100 Continue\r\n\r\n' : 'HTTP/1.1 201 Created\r\n\r\n');
    const one = await startWith({ loseAnswer: true, match: 'PUT ' });
    one.socket.write('PUT /a\r\n\r\n');
    await until(() => one.bytes.length > 0);
    expect(one.bytes.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    one.socket.write('body');
    expect(await one.closed).toBe('end');
    expect(one.bytes.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    expect(peer.bytes.toString()).toBe('PUT /a\r\n\r\nbody');
    expect(proxy.connections[0]?.fault).toBe('lost answer');
  });
});

describe('some connections only', () => {
  beforeEach(() => {
    peer.reply = (socket) => socket.write('ok');
  });
  /** 'ok', or how it was closed */
  const ask = async (text = 'a') => {
    const one = dial();
    one.socket.write(text);
    await Promise.race([one.closed, until(() => one.bytes.length === 2)]);
    return one.bytes.length === 2 ? 'ok' : one.closed;
  };

  it('are refused', async () => {
    proxy.set({ refuse: true });
    expect(await ask()).toBe('ECONNRESET');
    expect(proxy.connections).toMatchObject([{ fault: 'refused', up: 0 }]);
    proxy.clear();
    expect(await ask()).toBe('ok');
  });

  it('the one with an index', async () => {
    proxy.set({ up: { cutAfter: 0 }, only: 1 });
    expect([await ask(), await ask(), await ask()]).toEqual(['ok', 'end', 'ok']);
  });

  it('the first ones, counted anew with every set', async () => {
    for (let round = 0; round < 2; round += 1) {
      proxy.set({ up: { cutAfter: 0 }, first: 2 });
      expect([await ask(), await ask(), await ask()]).toEqual(['end', 'end', 'ok']);
      for (const one of clients.splice(0)) one.socket.destroy();
      await until(() => proxy.connections.every(({ open }) => !open));
    }
  });

  it('so many on which it goes wrong', async () => {
    proxy.set({ up: { cutAfter: 0 }, match: 'PUT', times: 1 });
    expect([await ask('GET'), await ask('PUT'), await ask('PUT')]).toEqual(['ok', 'end', 'ok']);
  });
});

describe('rules that wait for bytes', () => {
  it('count from the first byte of the match, also when it comes in pieces', async () => {
    const { socket } = await startWith({ up: { cutAfter: 6 }, match: 'PUT ' });
    await write(socket, 'GET /long/path\r\n');
    await until(() => peer.bytes.length === 16);
    await write(socket, 'xPU');
    await until(() => peer.bytes.length === 17);
    await write(socket, 'T /a b c');
    await until(() => peer.ended === 1);
    expect(peer.bytes.toString()).toBe('GET /long/path\r\nxPUT /a');
  });

  it('let the beginning of a match pass that does not go on', async () => {
    const { socket } = await startWith({ up: { cutAfter: 0 }, match: 'PUT ' });
    await write(socket, 'xxxPUT');
    await until(() => peer.bytes.toString() === 'xxxPUT');
    await write(socket, 'yyy');
    await until(() => peer.bytes.toString() === 'xxxPUTyyy');
    socket.end('PU');
    await until(() => peer.bytes.toString() === 'xxxPUTyyyPU');
  });

  it('see answers where asked', async () => {
    peer.reply = (socket) => socket.write('150 go on\r\n226 done\r\n');
    const one = await startWith({ down: { cutAfter: 0 }, match: '226 ', matchIn: 'down' });
    one.socket.write('STOR');
    await one.closed;
    expect(one.bytes.toString()).toBe('150 go on\r\n');
  });

  it('hold for the other direction from then on', async () => {
    peer.reply = (socket, data) => socket.write(data.toString().toLowerCase());
    const one = await startWith({ down: { cutAfter: 2 }, match: 'PUT' });
    one.socket.write('GET');
    await until(() => one.bytes.length === 3);
    one.socket.write('PUT');
    await one.closed;
    expect(one.bytes.toString()).toBe('getpu');
  });
});

describe('rules set while it runs', () => {
  it('hold for open connections, and count from then on', async () => {
    const { socket, closed } = dial();
    await write(socket, 'before');
    await until(() => peer.bytes.length === 6);
    proxy.set({ up: { cutAfter: 3 } });
    socket.write('after');
    expect(await closed).toBe('end');
    await until(() => peer.ended === 1);
    expect(peer.bytes.toString()).toBe('beforeaft');
  });
});

describe('elsewhere', () => {
  it('listens on another loopback address with a port that was chosen', async () => {
    peer.reply = (socket) => socket.write('ok');
    const other = await startFaultProxy({ target: (peer.server.address() as AddressInfo).port, host: '127.0.0.2', port: proxy.port });
    const one = client(other.port, '127.0.0.2');
    one.socket.write('a');
    await until(() => one.bytes.length === 2);
    expect(other.total).toEqual({ connections: 1, up: 1, down: 2 });
    one.socket.destroy();
    await other.stop();
  });
});
