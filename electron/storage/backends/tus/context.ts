import type { ByteBudget } from '../../byte-budget.ts';
import type { BackendContext } from '../../storage-backend.ts';
import type { Findings } from './probe.ts';
import type { TusClient } from './tus-client.ts';

/** What every upload of a location needs. */
export interface TusContext extends BackendContext {
  readonly client: TusClient;
  readonly findings: Findings;
  /** bytes of one request */
  readonly part: number;
  /** what all uploads of the location hold in memory together */
  readonly budget: ByteBudget;
}
