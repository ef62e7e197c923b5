import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Direction, DirectionFaults, RulesInForce } from './fault-rules.ts';

/** What passed on one connection. */
export interface ConnectionCount {
  /** from 0, since the proxy was started */
  readonly index: number;
  /** bytes that passed to the server */
  readonly up: number;
  /** bytes that passed to the client */
  readonly down: number;
  /** what went wrong by the rules */
  readonly fault: string | null;
  readonly open: boolean;
}

/** How long the beginning of `match` is kept back for the rest of it. */
const HOLD_MS = 250;
const RESET_AFTER_MS = 100;

/** One client's connection and the proxy's own to the server. */
export class ProxiedConnection implements ConnectionCount {
  readonly index: number;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #passed = { up: 0, down: 0 };
  readonly #base = { up: 0, down: 0 };
  #force: RulesInForce;
  #armed = false;
  /** among the connections of these rules */
  #order: number;
  #stalled = new Set<Direction>();
  fault: string | null = null;

  constructor(index: number, client: Socket, server: Socket, force: RulesInForce) {
    this.index = index;
    this.#client = client;
    this.#server = server;
    this.#force = force;
    this.#order = force.connections++;
    this.#armed = force.match === null;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // What went wrong shows in that the other side is closed too.
      socket.on('error', () => undefined);
      socket.on('close', () => this.#closeSoon(socket === client ? server : client));
    }
    void this.#pump('up', client, server);
    void this.#pump('down', server, client);
  }

  get up(): number {
    return this.#passed.up;
  }

  get down(): number {
    return this.#passed.down;
  }

  get open(): boolean {
    return !this.#client.destroyed;
  }

  /** Other rules; what passed so far does not count for them. */
  setRules(force: RulesInForce): void {
    this.#force = force;
    this.#order = force.connections++;
    this.#armed = force.match === null;
    this.#stalled.clear();
    Object.assign(this.#base, this.#passed);
  }

  cut(how: 'close' | 'reset'): void {
    for (const socket of [this.#client, this.#server]) if (how === 'reset') socket.resetAndDestroy(); else socket.destroy();
  }

  #closeSoon(socket: Socket): void {
    if (!socket.destroyed) socket.destroySoon();
  }

  async #pump(direction: Direction, from: Socket, to: Socket): Promise<void> {
    let held: Buffer = Buffer.alloc(0);
    let release: NodeJS.Timeout | undefined;
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        clearTimeout(release);
        const { match, rules } = this.#force;
        if (this.#armed || match === null || (rules.matchIn ?? 'up') !== direction) {
          const bytes = Buffer.concat([held, chunk]);
          held = Buffer.alloc(0);
          await this.#forward(direction, bytes, from, to);
          continue;
        }
        const bytes = Buffer.concat([held, chunk]);
        const at = bytes.indexOf(match);
        const before = at === -1 ? bytes.length - startOfMatch(bytes, match) : at;
        await this.#forward(direction, bytes.subarray(0, before), from, to);
        held = bytes.subarray(before);
        if (at !== -1) {
          this.#arm();
          const rest = held;
          held = Buffer.alloc(0);
          await this.#forward(direction, rest, from, to);
        } else if (held.length > 0) {
          release = setTimeout(() => {
            const rest = held;
            held = Buffer.alloc(0);
            void this.#forward(direction, rest, from, to).catch(() => undefined);
          }, HOLD_MS);
        }
      }
      clearTimeout(release);
      await this.#forward(direction, held, from, to);
      to.end();
    } catch {
      to.destroy();
    }
  }

  #arm(): void {
    this.#armed = true;
    Object.assign(this.#base, this.#passed);
  }

  /** The faults of the moment; null when nothing goes wrong on this connection. */
  #faults(direction: Direction): DirectionFaults | null {
    const { rules, faulted } = this.#force;
    if (!this.#armed || (rules.only ?? this.#order) !== this.#order || this.#order >= (rules.first ?? Infinity)) return null;
    if (!faulted.has(this) && faulted.size >= (rules.times ?? Infinity)) return null;
    if (direction === 'down' && rules.loseAnswer) return { ...rules.down, cutAfter: 0 };
    return rules[direction] ?? null;
  }

  #happened(fault: string): void {
    this.fault = fault;
    this.#force.faulted.add(this);
  }

  async #forward(direction: Direction, bytes: Buffer, from: Socket, to: Socket): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && !to.destroyed) {
      const faults = this.#faults(direction);
      if (faults === null) {
        this.#passed[direction] += rest.length;
        return write(to, rest);
      }
      if (faults.delayMs !== undefined) {
        this.#happened('delay');
        await sleep(faults.delayMs);
      }
      if (direction === 'down' && this.#force.rules.loseAnswer) {
        const interim = interimAnswer(rest);
        this.#passed.down += interim;
        await write(to, rest.subarray(0, interim));
        rest = rest.subarray(interim);
        if (rest.length === 0) return;
        this.#happened('lost answer');
        return this.cut('close');
      }
      const done = this.#passed[direction] - this.#base[direction];
      const stall = this.#stalled.has(direction) ? Infinity : (faults.stallAfter ?? Infinity);
      const stop = Math.min(faults.cutAfter ?? Infinity, stall) - done;
      const part = rest.subarray(0, Math.max(0, Math.min(stop, rest.length, faults.split ?? Infinity, pieceOf(faults))));
      rest = rest.subarray(part.length);
      this.#passed[direction] += part.length;
      await write(to, this.#spoilt(part, done, faults));
      if (faults.bytesPerSecond !== undefined) await sleep((part.length / faults.bytesPerSecond) * 1000);
      if (part.length < stop) continue;
      if (stall - done !== stop) return this.#cutBy(faults, from, to);
      await this.#stall(direction, faults);
    }
  }

  /** With the byte flipped and bytes dropped that the faults name. @param offset of the first byte */
  #spoilt(part: Buffer, offset: number, { flipAt = -1, flipMask = 1, dropAt = -1, dropLength = 0 }: DirectionFaults): Buffer {
    let spoilt = part;
    if (flipAt >= offset && flipAt < offset + part.length) {
      this.#happened('flip');
      spoilt = Buffer.from(part);
      spoilt[flipAt - offset] = (part[flipAt - offset] ?? 0) ^ flipMask;
    }
    const start = Math.max(dropAt, offset) - offset;
    const end = Math.min(dropAt + dropLength, offset + part.length) - offset;
    if (dropAt < 0 || start >= end) return spoilt;
    this.#happened('drop');
    return Buffer.concat([spoilt.subarray(0, start), spoilt.subarray(end)]);
  }

  async #cutBy({ cut = 'close' }: DirectionFaults, from: Socket, to: Socket): Promise<void> {
    this.#happened(`cut (${cut})`);
    // What comes together with a reset is seen as a good end (libuv reads no further after data and a hang-up at once).
    if (cut === 'reset') await sleep(RESET_AFTER_MS);
    if (cut !== 'end') return this.cut(cut);
    to.end();
    from.destroy();
  }

  async #stall(direction: Direction, { stallMs }: DirectionFaults): Promise<void> {
    this.#happened('stall');
    this.#stalled.add(direction);
    const closed = new Promise<void>((resolve) => this.#client.once('close', () => resolve()));
    const timer = new AbortController();
    const waits = [this.#force.over, closed, ...(stallMs === undefined ? [] : [sleep(stallMs, undefined, { signal: timer.signal }).catch(() => undefined)])];
    await Promise.race(waits);
    timer.abort();
  }
}

/** Throttled bytes go in pieces of about 20 ms. */
function pieceOf({ bytesPerSecond }: DirectionFaults): number {
  return bytesPerSecond === undefined ? Infinity : Math.max(1, Math.floor(bytesPerSecond / 50));
}

/** How many bytes at the end could be the beginning of `match`. */
function startOfMatch(bytes: Buffer, match: Buffer): number {
  for (let length = Math.min(match.length - 1, bytes.length); length > 0; length -= 1) if (bytes.subarray(bytes.length - length).equals(match.subarray(0, length))) return length;
  return 0;
}

/** The length of answers at the start that only ask the client to go on. */
function interimAnswer(bytes: Buffer): number {
  return /^(HTTP\/1\.1 1\d\d [^]*?\r\n\r\n)*/.exec(bytes.toString('latin1'))?.[0].length ?? 0;
}

/** Resolves when the system has taken the bytes, or the connection is gone. */
function write(to: Socket, bytes: Buffer): Promise<void> {
  if (bytes.length === 0 || to.destroyed) return Promise.resolve();
  return new Promise((resolve) => to.write(bytes, () => resolve()));
}
