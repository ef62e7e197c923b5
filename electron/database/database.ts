import type { Receipt } from '../../shared/transfers/transfer.ts';
import type { Operations, Remote } from './operations.ts';

/** What the rest of main sees of the database. Every write has reached the disk when its promise resolves. */
export interface Database {
  /** sentences for the user about what happened at opening, e.g. a damaged file that was set aside */
  readonly notices: readonly string[];
  readonly locations: Remote<Operations['locations']>;
  /** only what was ever set; defaults are the caller's */
  readonly settings: Remote<Operations['settings']>;
  /** ciphertexts by id */
  readonly secrets: Remote<Operations['secrets']>;
  /** the queue of transfers on disk; only electron/transfers touches it */
  readonly journal: {
    readonly owners: Remote<Operations['owners']>;
    readonly batches: Remote<Operations['batches']>;
    readonly walks: Remote<Operations['walks']>;
    readonly transfers: Remote<Operations['transfers']>;
  };
  readonly receipts: Pick<Remote<Operations['receipts']>, 'get' | 'forFile' | 'page'> & {
    /** Every receipt, oldest first, a window at a time. */
    all(): AsyncIterable<readonly Receipt[]>;
    /** The newest receipt of each destination, oldest first, a window at a time. */
    latest(): AsyncIterable<readonly Receipt[]>;
  };
  readonly fileStates: Remote<Operations['fileStates']>;
  /** Waits for what was asked before, then closes the file; nothing may be asked afterwards. */
  close(): Promise<void>;
}
