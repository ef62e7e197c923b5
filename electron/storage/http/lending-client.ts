import { Client, type Dispatcher } from 'undici';
import { type ConnectorOptions, createConnector } from '../network/connector.ts';
import { LentReads } from '../network/lent-reads.ts';
import { BodyPieces } from './body-pieces.ts';

/** One connection of a pool. Long bodies come in a few pieces of memory that is used again, see {@link BodyPieces}. */
export class LendingClient extends Client {
  readonly #reads: LentReads;

  constructor(origin: URL, options: Client.Options, connect: ConnectorOptions) {
    const reads = new LentReads();
    super(origin, { ...options, connect: createConnector({ ...connect, reads }) });
    this.#reads = reads;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return super.dispatch(options, new BodyPieces(handler, this.#reads));
  }
}
