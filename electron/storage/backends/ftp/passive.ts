import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { Reply } from './reply.ts';

/** Replies that mean that EPSV is not known there (RFC 959, RFC 2428). */
const NOT_KNOWN: ReadonlySet<number> = new Set([500, 501, 502, 503, 504, 522]);

/** All ports of the server may be in use (425), as each stays taken for a while after a transfer. Milliseconds. */
const PAUSES = [100, 300, 1000];

export interface PassiveAsker {
  /** EPSV was refused before */
  readonly usesPasv: boolean;
  ask(command: string): Promise<Reply>;
  /** EPSV is not asked again */
  preferPasv(): void;
}

/**
 * Asks for a port for the next data connection: EPSV (RFC 2428), else PASV. Only the port is taken of what PASV says: behind NAT its
 * address is a private one of the server, and any other place than the server itself must not be connected to (RFC 2577 section 2).
 * @returns the refusal instead, if it was another one than that the command is not known
 */
export async function passivePort(asker: PassiveAsker): Promise<number | Reply> {
  for (const pause of PAUSES) {
    const answer = await askOnce(asker);
    if (typeof answer === 'number' || answer.code !== 425) return answer;
    await sleep(pause);
  }
  return askOnce(asker);
}

async function askOnce(asker: PassiveAsker): Promise<number | Reply> {
  if (!asker.usesPasv) {
    const reply = await asker.ask('EPSV');
    const port = reply.code === 229 ? parseEpsv(reply.message) : null;
    if (port !== null) return port;
    if (reply.code >= 400 && !NOT_KNOWN.has(reply.code)) return reply;
    asker.preferPasv();
  }
  const reply = await asker.ask('PASV');
  if (reply.code >= 400) return reply;
  const port = reply.code === 227 ? parsePasv(reply.message) : null;
  if (port === null) throw new StorageError('unsupported', `The server names no port for the data connection: it answered ${reply.code} to PASV, ${JSON.stringify(reply.message.slice(0, 100))}.`);
  return port;
}

/** `229 Entering Extended Passive Mode (|||6446|)`; IBM i has `!` for `|`. */
export function parseEpsv(message: string): number | null {
  return portOf(/([!-/:-~])\1\1(\d{1,5})\1/.exec(message)?.[2]);
}

/** `227 Entering Passive Mode (192,168,1,100,10,229)` */
export function parsePasv(message: string): number | null {
  const [, high, low] = /(?<!\d)(?:\d{1,3},){4}(\d{1,3}),(\d{1,3})(?!\d)/.exec(message) ?? [];
  if (high === undefined || low === undefined || Number(high) > 255 || Number(low) > 255) return null;
  return portOf(String(Number(high) * 256 + Number(low)));
}

function portOf(digits: string | undefined): number | null {
  const port = Number(digits ?? 0);
  return port >= 1 && port <= 65_535 ? port : null;
}
