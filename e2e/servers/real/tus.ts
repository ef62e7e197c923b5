import { readFile, readdir, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { CertificateFiles } from './certificates.ts';
import { freePort, makeServerFolder, removeServerFolder, startProcess, waitForPort, type RunningServer, type ServerProcess } from './server-process.ts';

export interface TusServerOptions {
  readonly tls?: CertificateFiles;
  /** bytes of the largest file; default: no limit */
  readonly maxSize?: number;
  /** where uploads lie, e.g. on a small disk; default: in its own folder */
  readonly storage?: string;
}

/** What lies with the server, seen on its disk. */
export interface StoredUpload {
  readonly id: string;
  /** `relativePath` or `filename` of the metadata */
  readonly name: string;
  readonly finished: boolean;
  /** the bytes */
  readonly file: string;
  readonly created: string;
}

/** `@tus/server` with its file store. It offers creation (with upload, with deferred length), termination and expiration, but no checksums. */
export interface RunningTus extends RunningServer {
  readonly port: number;
  /** where uploads are created, with a slash at the end */
  readonly endpoint: string;
  readonly token: string;
  readonly process: ServerProcess;
  uploads(): Promise<readonly StoredUpload[]>;
  /** Removes all uploads. */
  clear(): Promise<void>;
}

const TOKEN = 'tok-of-the-tests';
const EXPIRES_MS = 3_600_000;

const PROGRAM = `
import { Server } from '@tus/server';
import { FileStore } from '@tus/file-store';
import { createServer as http } from 'node:http';
import { createServer as https } from 'node:https';
import { readFileSync } from 'node:fs';
const { directory, port, token, maxSize, expires, tls } = JSON.parse(process.argv[1]);
const server = new Server({
  path: '/files', datastore: new FileStore({ directory, expirationPeriodInMilliseconds: expires }), relativeLocation: true,
  ...(maxSize && { maxSize }),
  async onIncomingRequest(request) {
    if (request.headers.get('authorization') !== 'Bearer ' + token) throw { status_code: 401, body: 'unauthorized' };
  },
});
// Web streams of Node 20 throw out of nowhere when a download ends at the moment when its reader goes.
process.on('uncaughtException', (error) => {
  if (error.code !== 'ERR_INVALID_STATE') throw error;
});
// By itself it takes uploads at any address.
const handle = (request, response) => request.url.startsWith('/files') ? server.handle(request, response) : response.writeHead(404).end();
(tls ? https({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, handle) : http(handle)).listen(port, '127.0.0.1');
`;

export async function startTus({ tls, maxSize, storage }: TusServerOptions = {}): Promise<RunningTus> {
  const folder = await makeServerFolder('tus');
  const port = await freePort();
  const directory = storage ?? join(folder, 'uploads');
  try {
    const process = await startProcess({
      name: 'tus',
      command: globalThis.process.execPath,
      args: ['--input-type=module', '-e', PROGRAM, JSON.stringify({ directory, port, token: TOKEN, maxSize, expires: EXPIRES_MS, tls })],
      folder,
      // From the checkout, where its packages are: benchmarks run from a bundle elsewhere.
      cwd: resolve('.'),
      ready: waitForPort(port),
    });
    return {
      name: 'tus server',
      version: await versionHere(),
      folder,
      port,
      endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/files/`,
      token: TOKEN,
      process,
      uploads: () => uploadsIn(directory),
      clear: async () => {
        for (const name of await readdir(directory)) await rm(join(directory, name));
      },
      stop: async () => {
        await process.stop();
        await removeServerFolder(folder);
      },
    };
  } catch (error) {
    await removeServerFolder(folder);
    throw error;
  }
}

/** The package tells its manifest to nobody, so it is looked for above its code. */
async function versionHere(): Promise<string> {
  const searched = createRequire(resolve('package.json')).resolve.paths('@tus/server') ?? [];
  for (const place of searched) {
    const text = await readFile(join(place, '@tus', 'server', 'package.json'), 'utf8').catch(() => null);
    if (text !== null) return (JSON.parse(text) as { version: string }).version;
  }
  throw new Error(`@tus/server lies in none of ${searched.map(dirname).join(', ')}.`);
}

async function uploadsIn(directory: string): Promise<readonly StoredUpload[]> {
  const names = await readdir(directory);
  const found = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map(async (name): Promise<StoredUpload> => {
      const { id, size, metadata, creation_date: created } = JSON.parse(await readFile(join(directory, name), 'utf8')) as { id: string; size?: number; metadata?: Readonly<Record<string, string>>; creation_date: string };
      const file = join(directory, id);
      return { id, name: metadata?.['relativePath'] ?? metadata?.['filename'] ?? id, finished: size === (await stat(file)).size, file, created };
    }),
  );
  return found.toSorted((one, other) => one.created.localeCompare(other.created));
}
