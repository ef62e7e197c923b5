import type { ByteBudget } from '../../byte-budget.ts';
import type { BackendContext } from '../../storage-backend.ts';
import type { AzureClient } from './client.ts';
import type { Findings } from './findings.ts';

/** What every blob of a location needs. */
export interface AzureContext extends BackendContext {
  readonly client: AzureClient;
  readonly findings: Findings;
  /** nothing is ever written, whatever the service would allow */
  readonly readOnly: boolean;
  /** of new blobs; null: as the account says */
  readonly tier: string | null;
  /** bytes of a block */
  readonly block: number;
  /** how long the service may stay silent, in milliseconds */
  readonly silence: number;
  /** what all uploads of the location hold in memory together */
  readonly budget: ByteBudget;
}
