import { randomUUID } from 'node:crypto';
import { BlobServiceClient, type ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { ConformanceHarness } from '../../testing/conformance.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { azureBackend } from './definition.ts';

/** What of an emulator of the tests is needed. */
export interface RunningBlobService {
  readonly endpoint: string;
  readonly account: string;
  readonly key: string;
  readonly process: { readonly pid: number };
  stop(): Promise<void>;
}

/** A container of its own, seen from outside of the backend. */
export async function createContainer({ endpoint, account, key }: Pick<RunningBlobService, 'endpoint' | 'account' | 'key'>): Promise<ContainerClient> {
  const container = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, key)).getContainerClient(`box-${randomUUID()}`);
  await container.create();
  return container;
}

/** Connects with the account's key; silence is borne for a short time only. */
export function connectTo(endpoint: string, container: string, { options = {}, ...config }: Partial<ConnectConfig> & { readonly secret: string | null }): Promise<StorageLocation> {
  return azureBackend.connect({ uri: `${endpoint}/${container}/`, proof: DEFAULT_PROOF_POLICY, sizeLimit: null, options: { timeout: 5, ...options }, ...config });
}

/** A folder in a container of its own for each case. */
export function azuriteHarness(start: () => Promise<RunningBlobService>, { folder = 'a folder/inner' } = {}): ConformanceHarness {
  let container: ContainerClient | null = null;
  const current = (): ContainerClient => {
    if (container === null) throw new Error('No location was opened.');
    return container;
  };
  return {
    async open({ sizeLimit = null, proof = DEFAULT_PROOF_POLICY } = {}) {
      const { endpoint, account, key } = await start();
      container = await createContainer({ endpoint, account, key });
      return connectTo(endpoint, `${container.containerName}/${encodeURI(folder)}`, { secret: key, proof, sizeLimit, options: { timeout: 30 } });
    },
    async residue() {
      const names: string[] = [];
      for await (const { name, metadata } of current().listBlobsFlat({ includeUncommitedBlobs: true, includeMetadata: true })) if (metadata?.['hdi_isfolder'] !== 'true') names.push(name.slice(folder.length + 1));
      return names;
    },
    async corrupt(path, at) {
      const blob = current().getBlockBlobClient(`${folder}/${path}`);
      const bytes = await blob.downloadToBuffer();
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      await blob.upload(bytes, bytes.length);
    },
    async stall() {
      const { process: server } = await start();
      process.kill(server.pid, 'SIGSTOP');
      return () => void process.kill(server.pid, 'SIGCONT');
    },
    refusedNames: ['trailing dot.', '...', 'back\\slash.txt', 'new\nline.txt'],
    close: async () => (await start()).stop(),
  };
}
