import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../../../../shared/storage/errors.ts';

/** A block on its way. */
export interface OutgoingBlock {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** gives the memory back */
  release(): void;
}

export interface BlockQueueOptions {
  /** sends one block; tells how many of its bytes went out so far */
  send(block: OutgoingBlock, signal: AbortSignal, onSent: (bytes: number) => void): Promise<void>;
  /** blocks at the same time */
  readonly parallel: number;
  /** a block that failed is tried again only when that did not take longer, in milliseconds */
  readonly patience: number;
}

/** Waits before further tries of one block, in milliseconds: a file of many GiB should not fail for one connection. */
const PAUSES = [300, 1500];

interface Running {
  readonly block: OutgoingBlock;
  readonly cut: AbortController;
  sent: number;
  end: Promise<void>;
}

/** Sends the blocks of one file, some at a time. */
export class BlockQueue {
  readonly #options: BlockQueueOptions;
  readonly #running = new Set<Running>();
  #failure: StorageError | null = null;
  #stopped = false;

  constructor(options: BlockQueueOptions) {
    this.#options = options;
  }

  /** Resolves when the block is on its way. @throws what an earlier block failed with */
  async add(block: OutgoingBlock): Promise<void> {
    while (this.#running.size >= this.#options.parallel && this.#failure === null) await Promise.race([...this.#running].map(({ end }) => end));
    if (this.#failure !== null || this.#stopped) {
      block.release();
      throw this.#failure ?? new StorageError('canceled', 'Canceled.');
    }
    const running: Running = { block, cut: new AbortController(), sent: 0, end: Promise.resolve() };
    this.#running.add(running);
    running.end = this.#run(running);
  }

  /** Resolves when every block is stored. */
  async done(): Promise<void> {
    await Promise.all([...this.#running].map(({ end }) => end));
    if (this.#failure !== null) throw this.#failure;
  }

  /** Ends what is under way. Blocks that are wholly sent are waited for: the service may store them all the same. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { block, sent, cut } of this.#running) if (sent < block.bytes.length) cut.abort();
    await Promise.all([...this.#running].map(({ end }) => end));
  }

  async #run(running: Running): Promise<void> {
    try {
      await this.#try(running);
    } catch (error) {
      this.#failure ??= error instanceof StorageError ? error : new StorageError('unexpected', `A block could not be sent: ${String(error)}.`, { cause: error });
    } finally {
      running.block.release();
      this.#running.delete(running);
    }
  }

  async #try(running: Running): Promise<void> {
    const { signal } = running.cut;
    const begin = performance.now();
    for (const pause of [...PAUSES, null]) {
      running.sent = 0;
      try {
        return await this.#options.send(running.block, signal, (bytes) => {
          running.sent = bytes;
        });
      } catch (error) {
        if (pause === null || this.#stopped || !mayPass(error) || performance.now() - begin > this.#options.patience) throw error;
      }
      running.sent = 0;
      await sleep(pause, undefined, { signal });
    }
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof StorageError && (error.code === 'unavailable' || error.code === 'rate_limited' || error.code === 'checksum_mismatch');
}
