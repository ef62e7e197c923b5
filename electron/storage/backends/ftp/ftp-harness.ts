import { open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { LocationOptions } from '../../../../shared/storage/location.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import type { ConformanceHarness } from '../../testing/conformance.ts';
import { ftpBackend } from './definition.ts';

/** What of a server of the tests is needed here. */
export interface RunningFtp {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly home: string;
  makeFolder(name: string): Promise<void>;
  /** Stops serving until the returned function is called. */
  pause(): () => void;
}

export function connectFtp(server: Pick<RunningFtp, 'port' | 'user' | 'password'>, folder: string, { options, ...config }: Partial<ConnectConfig> = {}, signal?: AbortSignal): Promise<StorageLocation> {
  const full: ConnectConfig = {
    uri: `ftp://${encodeURIComponent(server.user)}@127.0.0.1:${server.port}/${folder}`,
    secret: server.password,
    proof: DEFAULT_PROOF_POLICY,
    sizeLimit: null,
    options: { timeout: 10, ...options },
    ...config,
  };
  return ftpBackend.connect(full, { signal });
}

/** A folder of its own for each case; the server is asked for when the first case begins. */
export function ftpHarness(server: () => RunningFtp, options: () => LocationOptions, more: Partial<ConformanceHarness> = {}): ConformanceHarness {
  let count = 0;
  const place = (): string => path.join(server().home, `case-${count}`);
  return {
    async open({ sizeLimit = null, proof = DEFAULT_PROOF_POLICY } = {}) {
      await rm(place(), { recursive: true, force: true });
      count += 1;
      await server().makeFolder(`case-${count}`);
      return connectFtp(server(), `case-${count}`, { options: options(), sizeLimit, proof });
    },
    residue: () => filesBelow(place()),
    async corrupt(file, at) {
      const handle = await open(path.join(place(), file), 'r+');
      try {
        const byte = Buffer.alloc(1);
        await handle.read(byte, 0, 1, at);
        await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
      } finally {
        await handle.close();
      }
    },
    stall: () => Promise.resolve(server().pause()),
    // A line end would end the command.
    refusedNames: ['new\nline.txt'],
    close: () => Promise.resolve(),
    ...more,
  };
}

export async function filesBelow(folder: string, below = ''): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(path.join(folder, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await filesBelow(folder, name)));
    else found.push(name);
  }
  return found;
}
