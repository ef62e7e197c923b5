import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { webdavBackend } from './definition.ts';

/** What of a fixture server is needed to connect to it. */
interface RunningFixture {
  url(): string;
  readonly options: { readonly user: string; readonly password: string };
}

/** Connects to a fixture server of the tests; its silence is borne for a short time only. */
export function connectTo(server: RunningFixture, { options = {}, ...config }: Partial<ConnectConfig> = {}): Promise<StorageLocation> {
  return webdavBackend.connect({ uri: server.url(), secret: server.options.password, proof: DEFAULT_PROOF_POLICY, sizeLimit: null, options: { user: server.options.user, timeout: 2, ...options }, ...config });
}
