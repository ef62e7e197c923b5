import { randomUUID } from 'node:crypto';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import type { ConformanceHarness } from '../../testing/conformance.ts';
import { createSftpBackend } from './definition.ts';

/** The backend on a computer whose user has never used SSH. */
export const strangerBackend = createSftpBackend({ home: '/nonexistent', systemKnownHosts: '/nonexistent', environment: {} });

/** A home for tests; removed by the returned function. */
export async function makeHome(): Promise<{ readonly home: string; readonly remove: () => Promise<void> }> {
  const home = await mkdtemp(path.join(tmpdir(), 'holdfast-home-'));
  return { home, remove: () => rm(home, { recursive: true, force: true }) };
}

export interface Reachable {
  readonly uri: string;
  readonly secret: string | null;
  readonly hostKey: string;
}

export function connectTo({ uri, secret, hostKey }: Reachable, { options = {}, ...config }: Partial<ConnectConfig> = {}): Promise<StorageLocation> {
  return strangerBackend.connect({ uri, secret, proof: DEFAULT_PROOF_POLICY, sizeLimit: null, options: { hostKey, timeout: 20, ...options }, ...config });
}

/** What of a server of the tests is needed to reach one of its accounts. */
interface Running {
  readonly port: number;
  readonly hostKeys: readonly { readonly fingerprint: string }[];
}

export function accountOf(server: Running, account: { readonly name: string; readonly password: string; readonly home: string }, folder = account.home, port = server.port): Reachable {
  return { uri: `sftp://${account.name}@127.0.0.1:${port}${folder}`, secret: account.password, hostKey: server.hostKeys[0]?.fingerprint ?? '' };
}

/** A fresh folder on a server for each case. `make`: from a name to its path from outside and how it is reached. */
export function folderHarness(make: (name: string) => Promise<{ readonly outside: string; readonly reach: Reachable }>): ConformanceHarness {
  let folder = '';
  return {
    async open({ sizeLimit = null, proof = DEFAULT_PROOF_POLICY } = {}) {
      if (folder !== '') await rm(folder, { recursive: true, force: true });
      const { outside, reach } = await make(randomUUID());
      folder = outside;
      return connectTo(reach, { sizeLimit, proof });
    },
    residue: () => filesBelow(folder),
    corrupt: (file, at) => flipByte(path.join(folder, file), at),
    close: () => Promise.resolve(),
  };
}

export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

export async function flipByte(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  await handle.close();
}
