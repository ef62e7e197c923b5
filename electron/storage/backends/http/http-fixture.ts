import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { httpBackend } from './definition.ts';

/** What of a server of the tests is needed to connect to it. */
interface Running {
  url(): string;
  readonly options: { readonly token: string | null };
}

/** Connects to a server of the tests; its silence is borne for a short time only. */
export function connectTo(server: Running, { options = {}, ...config }: Partial<ConnectConfig> = {}): Promise<StorageLocation> {
  return httpBackend.connect({ uri: server.url(), secret: server.options.token, proof: DEFAULT_PROOF_POLICY, sizeLimit: null, options: { timeout: 0.5, ...options }, ...config });
}
