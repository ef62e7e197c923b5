import type { ProofPolicy } from '../../shared/storage/evidence.ts';
import type { BackendForm, LocationOptions, LocationSuggestion, SizeLimit } from '../../shared/storage/location.ts';
import type { Network } from './network/proxy.ts';
import type { OperationOptions } from './storage-backend.ts';
import type { StorageLocation } from './storage-location.ts';

/** A location's configuration with its secret at hand; lives in memory only. */
export interface ConnectConfig {
  readonly uri: string;
  readonly options: LocationOptions;
  /** the backend's main secret (`secretLabel`) */
  readonly secret: string | null;
  /** further ones by the keys of the fields of kind `secret`; absent: none */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly proof: ProofPolicy;
  readonly sizeLimit: SizeLimit | null;
  /** `StorageLocation.findings` of a connection that was made with the same configuration before: taken over instead of probing again; absent: probe */
  readonly findings?: unknown;
  /** connections that may be open at the same time, where the settings allow more; absent: as many as the settings allow */
  readonly connections?: number;
  /** the network that this computer is in; absent: connections are direct */
  readonly network?: Network;
}

/** What a backend registers: its name, its form, and how to connect. */
export interface BackendDefinition extends BackendForm {
  /** Its connections share something in this program's memory, so all must be made in one thread, the main one. Absent: connections in other threads move the bytes. */
  readonly sharesMemory?: boolean;
  /** Checks the configuration, then connects and probes. @throws invalid_config that names the field and what was expected; unavailable; authentication_failed; untrusted_server */
  connect(config: ConnectConfig, options?: OperationOptions): Promise<StorageLocation>;
  /** Ways to fill in the form that were found on this computer; never secrets. Absent: none. */
  suggestions?(): Promise<readonly LocationSuggestion[]>;
}
