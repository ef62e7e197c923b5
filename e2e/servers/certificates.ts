import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Certificate } from './http-server.ts';

const run = promisify(execFile);

/** An authority of the tests' own and a server's certificate by it. */
export interface TestAuthority extends Certificate {
  /** PEM file with the authority's certificate */
  readonly caFile: string;
  remove(): Promise<void>;
}

/** Makes both with `openssl`, valid for two days. @param names subject alternative names, e.g. `IP:127.0.0.1` or `DNS:localhost` */
export async function createAuthority(names: readonly string[]): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-tls-'));
  const path = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await writeFile(path('server.ext'), `subjectAltName=${names.join(',')}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`);
  await run('openssl', ['req', '-x509', ...newKey, '-keyout', path('ca.key'), '-out', path('ca.pem'), '-days', '2', '-subj', '/CN=Holdfast test authority']);
  await run('openssl', ['req', ...newKey, '-keyout', path('server.key'), '-out', path('server.csr'), '-subj', '/CN=Holdfast test server']);
  await run('openssl', ['x509', '-req', '-in', path('server.csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-out', path('server.pem'), '-days', '2', '-extfile', path('server.ext')]);
  return {
    caFile: path('ca.pem'),
    key: await readFile(path('server.key'), 'utf8'),
    cert: await readFile(path('server.pem'), 'utf8'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
