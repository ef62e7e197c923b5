import { createHash, randomBytes } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';

/**
 * Files in the making lie beside their final place under such a name: this computer, this process, a random part. Some servers refuse or
 * hide `.part`, there it is `.temp`, and some hide what begins with a dot. The number is nginx's, for a copy that it could not finish.
 */
const PARTIAL_NAME = /^\.?holdfast-([0-9a-f]{6})-([0-9a-z]{1,8})-[0-9a-f]{12}\.(part|temp|kept)(\.\d{10})?$/;

/** After so long without a change nobody is at work on a partial file any more, in milliseconds. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/** A partial file that a later save is to go on with belongs to a transfer, not to a process; so long a transfer may wait. */
const KEPT_FOR = 30 * ABANDONED_AFTER;

/** Says which computer's process numbers a name speaks of, so that on a shared folder no other computer's work is taken for dead. */
const THIS_COMPUTER = createHash('sha256')
  .update(JSON.stringify([hostname(), Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ mac }) => mac)).sort()]))
  .digest('hex')
  .slice(0, 6);

/** How partial files are named: `part` begins with a dot and ends so, `temp` ends so, `visible` is `temp` without the dot. */
export type PartialStyle = 'part' | 'temp' | 'visible';

/** At most 45 bytes, whatever the final name is, so that names of 255 bytes work. `kept`: a later save may go on with it. */
export function newPartialName(kept = false, style: PartialStyle = 'part'): string {
  const ending = kept ? 'kept' : style === 'part' ? 'part' : 'temp';
  return `${style === 'visible' ? '' : '.'}holdfast-${THIS_COMPUTER}-${process.pid.toString(36)}-${randomBytes(6).toString('hex')}.${ending}`;
}

/** The name of a partial file that a later save may go on with, and nothing else: it comes from outside as a token. */
export function isKeptName(name: string): boolean {
  const [, , , kind, number] = PARTIAL_NAME.exec(name) ?? [];
  return kind === 'kept' && number === undefined;
}

/** True for upper-case spellings too: on some disks they are the same name. */
export function isPartialName(name: string): boolean {
  return PARTIAL_NAME.test(name.toLowerCase());
}

export interface PartialAge {
  /** `ctimeMs` of the file: unlike its time of modification, nobody can set it */
  readonly changedMs: number;
  readonly nowMs: number;
  readonly isAlive?: (pid: number) => boolean;
  readonly computer?: string;
}

/** True when the process that made it is gone from this computer, or when nothing happened to it for a day. */
export function isAbandoned(name: string, age: PartialAge): boolean {
  const [, computer, pid, kind] = PARTIAL_NAME.exec(name) ?? [];
  if (computer === undefined || pid === undefined) return false;
  if (kind === 'kept') return age.nowMs - age.changedMs > KEPT_FOR;
  if (age.nowMs - age.changedMs > ABANDONED_AFTER) return true;
  return computer === (age.computer ?? THIS_COMPUTER) && !(age.isAlive ?? isAlive)(Number.parseInt(pid, 36));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
