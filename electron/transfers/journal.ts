import { StorageError } from '../../shared/storage/errors.ts';
import type { TransferState } from '../../shared/transfers/transfer.ts';
import type { BatchWithCounts } from '../database/batches.ts';
import type { Database } from '../database/database.ts';
import type { Selection } from '../database/transfer-rows.ts';

/** Rows that one transaction changes, so that others need not wait long. */
const WINDOW = 2000;

/** Which transfers a command means, as the window names them; neither: all. */
export interface Which {
  readonly transferId?: string | undefined;
  readonly batchId?: string | undefined;
}

/** Commands over any number of rows, in windows. */
export class Journal {
  readonly #tables: Database['journal'];
  readonly #owner: string;

  constructor(database: Database, owner: string) {
    this.#tables = database.journal;
    this.#owner = owner;
  }

  /** @throws StorageError not_found; unavailable when another process works on it */
  async select({ transferId, batchId }: Which): Promise<Selection> {
    if (transferId !== undefined) {
      const row = await this.#tables.transfers.get(rowNumber(transferId));
      if (row === null) throw new StorageError('not_found', `There is no transfer ${transferId}.`);
      this.#requireMine(await this.batch(row.batchId));
      return { transfer: row.seq };
    }
    if (batchId === undefined) return {};
    const batch = await this.batch(batchId);
    this.#requireMine(batch);
    return { batch: batch.seq };
  }

  /** @throws StorageError not_found */
  async batch(id: string): Promise<BatchWithCounts> {
    const batch = await this.#tables.batches.get(id);
    if (batch === null) throw new StorageError('not_found', `There is no batch ${id}.`);
    return batch;
  }

  async cancel(selection: Selection, at: string): Promise<void> {
    if (selection.transfer === undefined) await this.#tables.walks.cancel(this.#owner, selection.batch);
    await inWindows(() => this.#tables.transfers.cancel(selection, this.#owner, at, WINDOW));
  }

  /** Holds back a row that waits; one that ended or was held back already stays as it is. */
  async hold(transfer: number): Promise<void> {
    await this.#tables.transfers.hold(transfer, this.#owner);
  }

  async release(transfer: number): Promise<void> {
    await this.#tables.transfers.release(transfer, this.#owner);
  }

  async retry(selection: Selection): Promise<void> {
    await inWindows(() => this.#tables.transfers.retry(selection, this.#owner, WINDOW));
  }

  async answer(selection: Selection, conflict: 'skip' | 'overwrite' | 'rename'): Promise<void> {
    if (selection.batch !== undefined) await this.#tables.batches.setConflict(selection.batch, conflict);
    await inWindows(() => this.#tables.transfers.answer(selection, this.#owner, conflict, WINDOW));
  }

  async clear(states: readonly TransferState[]): Promise<void> {
    await inWindows(() => this.#tables.transfers.remove(states, this.#owner, WINDOW));
    await this.#tables.batches.removeEmpty();
  }

  #requireMine({ owner, title }: BatchWithCounts): void {
    if (owner === null || owner === this.#owner) return;
    throw new StorageError('unavailable', `Another process of Holdfast works on “${title}”; wait until it ends or stop it there.`, { retryable: false });
  }
}

/** @throws StorageError not_found for what is no number of a row */
export function rowNumber(transferId: string): number {
  const seq = Number(transferId);
  if (!Number.isSafeInteger(seq)) throw new StorageError('not_found', `There is no transfer ${JSON.stringify(transferId.slice(0, 60))}.`);
  return seq;
}

async function inWindows(change: () => Promise<number>): Promise<void> {
  while ((await change()) === WINDOW);
}
