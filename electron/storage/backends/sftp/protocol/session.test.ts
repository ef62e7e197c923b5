import { Duplex } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ConnectionLost } from '../connection-lost.ts';
import { REPLY, REQUEST, STATUS } from './constants.ts';
import { PacketAssembler } from './packets.ts';
import { SftpSession } from './session.ts';
import { request } from './wire.ts';

/** A server by hand: what the client sends is seen, and anything can be answered. */
class Line extends Duplex {
  sent = Buffer.alloc(0);
  /** requests after the first words: type and number */
  readonly requests: { readonly type: number; readonly id: number }[] = [];
  readonly #packets = new PacketAssembler((packet) => {
    if (packet[0] !== REQUEST.init) this.requests.push({ type: packet[0] ?? 0, id: packet.readUInt32BE(1) });
  });

  override _read(): void {
    // Pieces are pushed when a test wants them.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#packets.push(Buffer.from(chunk));
    done();
  }

  answer(type: number, id: number, ...fields: Parameters<typeof request>[2]): void {
    this.push(request(type, id, fields));
  }
}

const VERSION_3 = Buffer.from([0, 0, 0, 5, REPLY.version, 0, 0, 0, 3]);

async function opened({ silence = 60_000, sent = () => 0 }: { readonly silence?: number; readonly sent?: () => number } = {}) {
  const line = new Line();
  let givenUp = 0;
  const opening = SftpSession.open(line, { where: 'host:22', silence, sent, together: (write) => write(), giveUp: () => (givenUp += 1) });
  line.push(VERSION_3);
  return { line, session: await opening, givenUp: () => givenUp };
}

const ask = (session: SftpSession) => session.do(REQUEST.remove, ['/x']);

describe('a session', () => {
  test('answers requests in any order, in pieces of any size', async () => {
    const { line, session } = await opened();
    const [first, second] = [ask(session), ask(session)];
    await turn();
    const [one, two] = line.requests.map(({ id }) => id);
    const answers = Buffer.concat([request(REPLY.status, two ?? 0, [STATUS.permissionDenied, 'No', '']), request(REPLY.status, one ?? 0, [STATUS.ok, '', ''])]);
    for (const byte of answers) line.push(Buffer.from([byte]));
    await first;
    await expect(second).rejects.toMatchObject({ name: 'SftpStatus', status: STATUS.permissionDenied, message: 'No' });
  });

  test('an end is an answer only where something may end, and a status that says ok is never one', async () => {
    const { line, session } = await opened();
    const [ended, refused] = [session.getOrEnd(REQUEST.read, ['h', 0n, 1], REPLY.data), session.get(REQUEST.read, ['h', 0n, 1], REPLY.data)];
    await turn();
    for (const { id } of line.requests) line.answer(REPLY.status, id, STATUS.eof);
    await expect(ended).resolves.toBeNull();
    await expect(refused).rejects.toMatchObject({ status: STATUS.eof });
    const odd = session.getOrEnd(REQUEST.read, ['h', 0n, 1], REPLY.data);
    await turn();
    line.answer(REPLY.status, line.requests[2]?.id ?? 0, STATUS.ok);
    await expect(odd).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('requests of one turn share packets, in their order, and long ones stay as they are', async () => {
    const { line, session } = await opened();
    const pieces: Buffer[] = [];
    line._write = (chunk: Buffer, _encoding, done) => {
      pieces.push(chunk);
      done();
    };
    const long = Buffer.alloc(100_000, 7);
    for (const asked of [ask(session), session.write(Buffer.from('h'), 0, long), ask(session), ask(session)]) asked.catch(() => undefined);
    await turn();
    expect(pieces.map(({ length }) => length)).toEqual([15 + 26, 100_000, 30]);
    expect(pieces[1]?.buffer).toBe(long.buffer);
    expect([pieces[0]?.[4], pieces[0]?.[19], pieces[2]?.[4], pieces[2]?.[19]]).toEqual([REQUEST.remove, REQUEST.write, REQUEST.remove, REQUEST.remove]);
  });

  test('a status without words is one all the same, and words are one line', async () => {
    const { line, session } = await opened();
    const [bare, odd] = [ask(session), ask(session)];
    await turn();
    line.answer(REPLY.status, line.requests[0]?.id ?? 0, STATUS.failure);
    line.answer(REPLY.status, line.requests[1]?.id ?? 0, STATUS.failure, '\u001b[31mred\r\nline', '');
    await expect(bare).rejects.toMatchObject({ message: 'status 4' });
    await expect(odd).rejects.toMatchObject({ message: '[31mred line' });
  });

  test('what is under way and what comes later fails when the channel ends', async () => {
    const { line, session, givenUp } = await opened();
    const pending = ask(session);
    line.push(null);
    await expect(pending).rejects.toBeInstanceOf(ConnectionLost);
    await expect(ask(session)).rejects.toBeInstanceOf(ConnectionLost);
    expect(givenUp()).toBe(1);
  });

  test.each([
    ['an answer to nothing', (line: Line) => line.answer(REPLY.status, 4_000_000, STATUS.ok)],
    ['a packet of no length', (line: Line) => line.push(Buffer.alloc(4))],
    ['a packet of 4 GiB', (line: Line) => line.push(Buffer.from([255, 255, 255, 255, 1]))],
    ['a packet that is shorter than it says', (line: Line) => line.push(Buffer.from([0, 0, 0, 2, REPLY.status, 0]))],
    ['an answer of another kind', (line: Line) => line.answer(REPLY.data, line.requests[0]?.id ?? 0, 'bytes')],
  ])('%s ends it', async (_, misbehave) => {
    const { line, session, givenUp } = await opened();
    const pending = ask(session);
    await turn();
    misbehave(line);
    await expect(pending).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/does not keep to SFTP/) as unknown });
    await expect(ask(session)).rejects.toMatchObject({ code: 'unavailable' });
    expect(givenUp()).toBe(1);
  });

  test.each([
    ['something else speaks', (line: Line) => line.push(Buffer.from('This account is closed.\n'))],
    ['it speaks version 2', (line: Line) => line.push(Buffer.from([0, 0, 0, 5, REPLY.version, 0, 0, 0, 2]))],
    ['it ends', (line: Line) => line.push(null)],
    ['it says nothing', () => true],
  ])('none begins when %s', async (_, begin) => {
    const line = new Line();
    const opening = SftpSession.open(line, { where: 'host:22', silence: 100, sent: () => 0, together: (write) => write(), giveUp: () => undefined });
    begin(line);
    await expect(opening).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a server that stays silent', () => {
  test('is given up after the time limit', async () => {
    const { session, givenUp } = await opened({ silence: 200 });
    await expect(ask(session)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringMatching(/silent for 0.2 s/) as unknown });
    expect(givenUp()).toBe(1);
  });

  test('may take longer where it has much to do', async () => {
    const { line, session } = await opened({ silence: 100 });
    const slow = session.do(REQUEST.remove, ['/x'], { allowance: 60_000 });
    await sleep(400);
    line.answer(REPLY.status, line.requests[0]?.id ?? 0, STATUS.ok);
    await slow;
  });

  test('is not given up while bytes still leave this computer', async () => {
    let sent = 0;
    const { line, session } = await opened({ silence: 100, sent: () => sent });
    const sending = setInterval(() => (sent += 1), 5);
    const slow = ask(session);
    await sleep(400);
    clearInterval(sending);
    line.answer(REPLY.status, line.requests[0]?.id ?? 0, STATUS.ok);
    await slow;
  });
});
