import { mkdtemp, realpath, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { AuthContext, Connection } from 'ssh2';
import { type SftpLies, SftpFolder } from './sftp-server/sftp-folder.ts';

export type { SftpLies } from './sftp-server/sftp-folder.ts';

const USER = 'ada';
const PASSWORD = 'pw-fixture';

/**
 * An SFTP server of the tests' own: the bare protocol of version 3 without any extension and without a shell, which no server that can be
 * had is any more; and one that lies on demand. It says nothing about any product.
 */
export class SftpServer {
  readonly user = USER;
  readonly password = PASSWORD;
  /** `SHA256:...` */
  readonly fingerprint: string;
  /** what users see as `/` */
  readonly folder: string;
  /** may be changed while it runs */
  lies: SftpLies = {};
  readonly #server: InstanceType<typeof ssh2.Server>;
  readonly #clients = new Set<Connection>();

  private constructor(folder: string, key: { readonly private: string; readonly public: string }) {
    this.folder = folder;
    this.fingerprint = `SHA256:${createHash('sha256').update(Buffer.from(key.public.split(' ')[1] ?? '', 'base64')).digest('base64').replace(/=+$/, '')}`;
    this.#server = new ssh2.Server({ hostKeys: [key.private] }, (client) => this.#serve(client));
  }

  static async start(): Promise<SftpServer> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-sftp-')));
    const server = new SftpServer(folder, ssh2.utils.generateKeyPairSync('ed25519'));
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.end();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await rm(this.folder, { recursive: true, force: true });
  }

  #serve(client: Connection): void {
    this.#clients.add(client);
    client.on('error', () => undefined).on('close', () => this.#clients.delete(client));
    client.on('authentication', (context: AuthContext) => {
      if (context.method === 'password' && context.username === USER && context.password === PASSWORD) context.accept();
      else context.reject(['password']);
    });
    client.on('ready', () => {
      client.on('session', (accept) => {
        accept().on('sftp', (acceptSftp) => new SftpFolder(acceptSftp(), this.folder, () => this.lies));
      });
    });
  }
}
