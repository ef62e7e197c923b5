import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConformanceHarness, OpenOverrides } from '../../../electron/storage/testing/conformance-harness.ts';
import type { StorageLocation } from '../../../electron/storage/storage-location.ts';
import { DAV_ACCOUNT } from './dav-account.ts';
import { startFaultProxy, type FaultProxy } from '../fault-proxy.ts';

/** A WebDAV server that stores each file as a file of a folder of this computer. */
export interface FolderServer {
  readonly port: number;
  /** what it serves */
  readonly data: string;
  /** where it serves it, over http and with a slash at the end; the account of `dav-account.ts` may do everything */
  readonly root: string;
}

export interface FolderHarnessOptions {
  /** @param port of a proxy before the server @param folder a fresh one in its data */
  connect(port: number, folder: string, overrides: OpenOverrides): Promise<StorageLocation>;
  /** names of files that the server makes for itself while it stores, and removes again */
  readonly passing?: RegExp;
  readonly refusedNames?: readonly string[];
}

/** The conformance suite on a real server: each case has a folder of its own, and what is stored is looked at on the disk. */
export function folderHarness(server: () => FolderServer, { connect, passing, refusedNames }: FolderHarnessOptions): ConformanceHarness {
  let proxy: FaultProxy | null = null;
  let count = 0;
  let folder = '';
  return {
    async open(overrides = {}) {
      proxy ??= await startFaultProxy({ target: server().port });
      const name = `case-${++count}`;
      folder = join(server().data, name);
      await makeFolder(`${server().root}${name}/`);
      return connect(proxy.port, name, overrides);
    },
    residue: () => settledResidue(folder, passing),
    corrupt: (path, at) => flipByte(join(folder, path), at),
    stall: async () => {
      proxy?.set({ up: { stallAfter: 0 } });
      return Promise.resolve(() => proxy?.clear());
    },
    ...(refusedNames && { refusedNames }),
    close: async () => proxy?.stop(),
  };
}

/** Through the server, as it may remember for minutes what its folders held. */
async function makeFolder(uri: string): Promise<void> {
  const sign = Buffer.from(`${DAV_ACCOUNT.user}:${DAV_ACCOUNT.password}`).toString('base64');
  const answer = await fetch(uri, { method: 'MKCOL', headers: { authorization: `Basic ${sign}` } });
  if (answer.status !== 201) throw new Error(`MKCOL ${uri} was answered with ${answer.status}.`);
}

/** All files below a folder, once the server's own are gone. */
async function settledResidue(folder: string, passing: RegExp | undefined): Promise<readonly string[]> {
  for (let tries = 0; ; tries += 1) {
    const all = await filesBelow(folder);
    if (passing === undefined || tries === 100 || !all.some((path) => passing.test(path))) return all;
    await sleep(20);
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(entries.map(async (entry) => (entry.isDirectory() ? (await filesBelow(join(folder, entry.name))).map((path) => `${entry.name}/${path}`) : [entry.name])));
  return found.flat();
}

async function flipByte(path: string, at: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await handle.write(byte, 0, 1, at);
  } finally {
    await handle.close();
  }
}
