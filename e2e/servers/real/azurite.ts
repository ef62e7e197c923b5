import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { CertificateFiles } from './certificates.ts';
import { freePort, makeServerFolder, removeServerFolder, startProcess, waitForPort, type RunningServer, type ServerProcess } from './server-process.ts';

/** The blob service of Azurite, the emulator of Azure Storage. Containers are made with `createContainer`. */
export interface RunningAzurite extends RunningServer {
  readonly port: number;
  /** with the account in it, without a slash at the end */
  readonly endpoint: string;
  readonly account: string;
  readonly key: string;
  readonly process: ServerProcess;
  createContainer(name: string): Promise<void>;
  /** the answer to a request that is signed with the account's key */
  ask(method: string, pathAndQuery: string, options?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Uint8Array }): Promise<Response>;
}

const ACCOUNT = 'holdfasttest';
const VERSION = '2025-01-05';

/** With `tls` it speaks https: only. */
export async function startAzurite({ tls }: { readonly tls?: CertificateFiles } = {}): Promise<RunningAzurite> {
  const folder = await makeServerFolder('azurite');
  // From the checkout: benchmarks run from a bundle elsewhere.
  const manifest = createRequire(resolve('package.json')).resolve('azurite/package.json');
  const program = resolve(manifest, '../dist/src/blob/main.js');
  const port = await freePort();
  const key = Buffer.alloc(64, ACCOUNT).toString('base64');
  try {
    const process = await startProcess({
      name: 'azurite',
      command: globalThis.process.execPath,
      args: [program, '--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder, '--silent', '--skipApiVersionCheck', '--disableTelemetry', ...(tls === undefined ? [] : ['--cert', tls.certFile, '--key', tls.keyFile])],
      folder,
      env: { ...globalThis.process.env, AZURITE_ACCOUNTS: `${ACCOUNT}:${key}` },
      ready: waitForPort(port),
    });
    const endpoint = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/${ACCOUNT}`;
    const ask: RunningAzurite['ask'] = (method, pathAndQuery, { headers = {}, body } = {}) => {
      const url = new URL(`${endpoint}/${pathAndQuery}`);
      const all: Record<string, string> = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': VERSION, ...headers };
      return fetch(url, { method, headers: { ...all, authorization: authorization(method, url, all, body === undefined ? 0 : Buffer.byteLength(body), key) }, ...(body !== undefined && { body: body as NonNullable<RequestInit['body']> }) });
    };
    return {
      name: 'Azurite',
      version: (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version,
      folder,
      port,
      endpoint,
      account: ACCOUNT,
      key,
      process,
      ask,
      createContainer: async (name) => {
        const answer = await ask('PUT', `${name}?restype=container`);
        if (!answer.ok) throw new Error(`The container ${name} was not made: ${answer.status} ${await answer.text()}`);
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

/** https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key, for headers of lower case and without conditions. */
function authorization(method: string, url: URL, headers: Readonly<Record<string, string>>, length: number, key: string): string {
  const named = (prefix: string) => Object.entries(headers).filter(([name]) => name.startsWith(prefix)).sort().map(([name, value]) => `${name}:${value}\n`).join('');
  const query = [...url.searchParams].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, value]) => `\n${name}:${value}`).join('');
  const text = [method, '', '', length === 0 ? '' : String(length), headers['content-md5'] ?? '', headers['content-type'] ?? '', '', '', '', '', '', headers['range'] ?? '', ''].join('\n');
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(`${text}${named('x-ms-')}/${ACCOUNT}${url.pathname}${query}`, 'utf8').digest('base64');
  return `SharedKey ${ACCOUNT}:${signature}`;
}
