import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '../database/database.ts';
import type { Owner } from '../database/owners.ts';
import type { Clock } from './clock.ts';

const BEAT_EVERY_MS = 5000;
/** Without a sign of life for so long, an owner is dead even though a process has its number. Long, because a computer may sleep. */
const SILENT_MS = 10 * 60 * 1000;

/** Whether the process behind a lease is gone. Pure but for `alive`, which says whether a process of this computer has that number. */
export function isDead(owner: Owner, here: { readonly host: string; readonly now: number; readonly alive: (pid: number) => boolean }): boolean {
  if (owner.host === here.host && !here.alive(owner.pid)) return true;
  return here.now - owner.heartbeat > SILENT_MS;
}

/** This process as an owner of batches: others see that it lives and leave its transfers alone. */
export class Lease {
  readonly id = randomUUID();
  readonly #owners: Database['journal']['owners'];
  readonly #clock: Clock;
  readonly #lost: () => void;
  #stop: (() => void) | null = null;
  #ended = false;

  /** `lost` is called when another process took the lease away. */
  constructor(database: Database, clock: Clock, lost: () => void) {
    this.#owners = database.journal.owners;
    this.#clock = clock;
    this.#lost = lost;
  }

  async begin(): Promise<void> {
    const now = this.#clock.now();
    await this.#owners.register({ id: this.id, pid: process.pid, host: hostname(), started: now, heartbeat: now });
    this.#beatLater();
  }

  /** Takes the leases of dead processes away. */
  async evictDead(): Promise<void> {
    const here = { host: hostname(), now: this.#clock.now(), alive: isAlive };
    const dead = (await this.#owners.list()).filter((owner) => owner.id !== this.id && isDead(owner, here));
    if (dead.length > 0) await this.#owners.evict(dead.map(({ id }) => id));
  }

  end(): void {
    this.#ended = true;
    this.#stop?.();
  }

  #beatLater(): void {
    this.#stop = this.#clock.after(BEAT_EVERY_MS, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    // A beat that fails (the disk is full, another process writes for long) is made up for by the next one.
    const held = await this.#owners.beat(this.id, this.#clock.now()).catch(() => true);
    if (this.#ended) return;
    if (held) this.#beatLater();
    else this.#lost();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
