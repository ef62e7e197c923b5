/**
 * What goes wrong with the bytes of one direction. Offsets and amounts are in bytes, counted from the first byte of the connection, or from
 * the first byte of `match`, or, for connections that were open when the rules were set, from then on.
 */
export interface DirectionFaults {
  /** so many bytes pass, then the connection is cut, without a wait for the next byte; 0: at the first one */
  readonly cutAfter?: number;
  /** `close` (default) closes both sides; `end` ends this direction in good order and closes the sender's side; `reset` resets both */
  readonly cut?: 'close' | 'end' | 'reset';
  /** so many bytes pass, then nothing more is taken or given, with the connection open, until the rules are set anew */
  readonly stallAfter?: number;
  /** the stall is over after so many milliseconds */
  readonly stallMs?: number;
  readonly bytesPerSecond?: number;
  /** every piece comes so many milliseconds later */
  readonly delayMs?: number;
  /** the byte at this offset is changed */
  readonly flipAt?: number;
  /** its bits that change; default: the lowest */
  readonly flipMask?: number;
  /** from here `dropLength` bytes are swallowed */
  readonly dropAt?: number;
  readonly dropLength?: number;
  /** pieces are no larger */
  readonly split?: number;
}

/** What goes wrong on a connection. */
export interface FaultRules {
  /** from the client to the server */
  readonly up?: DirectionFaults;
  /** from the server to the client */
  readonly down?: DirectionFaults;
  /** the server gets everything; of its answer nothing comes, but `HTTP/1.1 1xx` that ask the client to go on, and the connection is closed */
  readonly loseAnswer?: boolean;
  /** connections are reset as soon as they are made */
  readonly refuse?: boolean;
  /** only the connection with this index, from 0, counted since the rules were set */
  readonly only?: number;
  /** only so many first connections, counted since the rules were set */
  readonly first?: number;
  /** only on so many connections, whichever they are, that something goes wrong with */
  readonly times?: number;
  /** nothing goes wrong before these bytes pass, e.g. `PUT ` (not within TLS) */
  readonly match?: string | Uint8Array;
  /** in which direction `match` passes; default: up */
  readonly matchIn?: Direction;
}

export type Direction = 'up' | 'down';

/** Rules in force, and what happened since they were set. */
export interface RulesInForce {
  readonly rules: FaultRules;
  readonly match: Buffer | null;
  connections: number;
  /** connections that something went wrong with */
  readonly faulted: Set<object>;
  /** resolves when other rules come into force */
  readonly over: Promise<void>;
  readonly end: () => void;
}

export function inForce(rules: FaultRules): RulesInForce {
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  return { rules, match: rules.match === undefined ? null : Buffer.from(rules.match as Uint8Array), connections: 0, faulted: new Set(), over, end };
}
