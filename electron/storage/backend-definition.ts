import type { ProofPolicy } from '../../shared/storage/evidence.ts';
import type { ConfigField, LocationOptions, SizeLimit } from '../../shared/storage/location.ts';
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
export interface BackendDefinition {
  /** lower-case letters, digits and dashes */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly uriLabel: string;
  readonly uriPlaceholder: string;
  readonly uriIsFolder: boolean;
  /** null when it needs none */
  readonly secretLabel: string | null;
  readonly fields: readonly ConfigField[];
  /** Checks the configuration, then connects and probes. @throws invalid_config that names the field and what was expected; unavailable; authentication_failed; untrusted_server */
  connect(config: ConnectConfig, options?: OperationOptions): Promise<StorageLocation>;
}
