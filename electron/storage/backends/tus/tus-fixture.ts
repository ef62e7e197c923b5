import { readFile, writeFile } from 'node:fs/promises';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import type { StorageLocation } from '../../storage-location.ts';
import type { ConformanceHarness } from '../../testing/conformance.ts';
import { tusBackend } from './definition.ts';

/** What of a server of the tests is needed. */
export interface RunningUploads {
  readonly endpoint: string;
  readonly token: string;
  readonly process: { readonly pid: number };
  uploads(): Promise<readonly { readonly name: string; readonly finished: boolean; readonly file: string }[]>;
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** Connects with the token; silence is borne for a short time only. */
export function connectTo(endpoint: string, { options = {}, ...config }: Partial<ConnectConfig> & { readonly secret: string | null }): Promise<StorageLocation> {
  return tusBackend.connect({ uri: endpoint, proof: DEFAULT_PROOF_POLICY, sizeLimit: null, options: { timeout: 5, ...options }, ...config });
}

/** One server, whose uploads are removed before each case. */
export function tusHarness(start: () => Promise<RunningUploads>): ConformanceHarness {
  let server: RunningUploads | null = null;
  const current = (): RunningUploads => {
    if (server === null) throw new Error('No location was opened.');
    return server;
  };
  const newest = async (path: string): Promise<string> => {
    const found = (await current().uploads()).filter(({ name, finished }) => finished && name === path).at(-1);
    if (found === undefined) throw new Error(`No finished upload is called ${path}.`);
    return found.file;
  };
  return {
    async open({ sizeLimit = null, proof = DEFAULT_PROOF_POLICY } = {}) {
      server ??= await start();
      await server.clear();
      return connectTo(server.endpoint, { secret: server.token, sizeLimit, proof, options: { timeout: 30 } });
    },
    residue: async () => [...new Set((await current().uploads()).map(({ name, finished }) => (finished ? name : `${name} (unfinished)`)))],
    peek: async (path) => readFile(await newest(path)),
    async corrupt(path, at) {
      const file = await newest(path);
      const bytes = await readFile(file);
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      await writeFile(file, bytes);
    },
    async stall() {
      const { pid } = current().process;
      process.kill(pid, 'SIGSTOP');
      return () => void process.kill(pid, 'SIGCONT');
    },
    close: async () => server?.stop(),
  };
}
