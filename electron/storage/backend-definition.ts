import type { ProofPolicy } from '../../shared/storage/evidence.ts';
import type { BackendForm, LocationOptions, SizeLimit } from '../../shared/storage/location.ts';
import type { OperationOptions } from './storage-backend.ts';
import type { StorageLocation } from './storage-location.ts';

/** A location's configuration with its secret at hand; lives in memory only. */
export interface ConnectConfig {
  readonly uri: string;
  readonly options: LocationOptions;
  readonly secret: string | null;
  readonly proof: ProofPolicy;
  readonly sizeLimit: SizeLimit | null;
}

/** What a backend registers: its name, its form, and how to connect. */
export interface BackendDefinition extends BackendForm {
  /** Checks the configuration, then connects and probes. @throws invalid_config that names the field and what was expected; unavailable; authentication_failed; untrusted_server */
  connect(config: ConnectConfig, options?: OperationOptions): Promise<StorageLocation>;
}
