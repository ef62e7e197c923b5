import type { LocationConfig } from '../../shared/storage/location.ts';
import type { ConnectConfig } from './backend-definition.ts';

/** A location as somebody is connected to it: enough to connect once more in the same way, without probing again. Holds secrets, so it lives in memory only. */
export interface ConnectedPlace {
  readonly config: LocationConfig;
  readonly connect: Omit<ConnectConfig, 'network'>;
  /** another number: connected anew, maybe with other settings */
  readonly generation: number;
  /** false: connections in other threads would not see what this one stores */
  readonly threads: boolean;
  /** most connections by its settings; null: not counted */
  readonly connections: number | null;
}
