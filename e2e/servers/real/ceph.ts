import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServerCertificates } from './certificates.ts';
import { cephConfig, OSD_PORTS, type CephPorts } from './ceph-config.ts';
import { executable } from './installed.ts';
import { freePortRange, freePorts, makeServerFolder, removeServerFolder, run, startProcess, waitForPort, type RunningServer, type ServerProcess } from './server-process.ts';

export interface S3User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SwiftUser {
  /** address of v1 authentication */
  readonly authUrl: string;
  readonly user: string;
  readonly key: string;
}

/** A whole Ceph cluster of one monitor, one object store and the RADOS gateway. Buckets and containers are made by who uses it. */
export interface RunningCeph extends RunningServer {
  /** S3, path style, region `default` or any */
  readonly endpoint: string;
  /** the same with TLS */
  readonly httpsEndpoint: string;
  readonly caFile: string;
  readonly users: {
    readonly rw: S3User;
    /** may only read, and of others' buckets only what a bucket policy opens to it (user `ro`) */
    readonly ro: S3User;
    /** with `QUOTA_BYTES` for all its buckets together */
    readonly quota: S3User;
  };
  readonly swift: SwiftUser;
  /** may only read what `swift` keeps */
  readonly swiftReader: SwiftUser;
  /** the Swift side of the user with a quota */
  readonly swiftQuota: SwiftUser;
}

export const CEPH_QUOTA_BYTES = 16 * 1024 * 1024;

const USERS = {
  rw: { accessKeyId: 'AKRW', secretAccessKey: 'secretrw' },
  ro: { accessKeyId: 'AKRO', secretAccessKey: 'secretro' },
  quota: { accessKeyId: 'AKQ', secretAccessKey: 'secretq' },
} as const;

const swiftUsers = (authUrl: string): Pick<RunningCeph, 'swift' | 'swiftReader' | 'swiftQuota'> => ({
  swift: { authUrl, user: 'rw:swift', key: 'swiftrw' },
  swiftReader: { authUrl, user: 'rw:reader', key: 'swiftreader' },
  swiftQuota: { authUrl, user: 'quota:swift', key: 'swiftquota' },
});

/** Takes some 10 s, so tests share one with `useServer`. @param bytes room for objects; default: 8 GiB */
export async function startCeph({ bytes = 8 * 1024 ** 3 } = {}): Promise<RunningCeph> {
  const folder = await makeServerFolder('ceph');
  const running: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const one of running.splice(0).reverse()) await one.stop();
    await removeServerFolder(folder);
  };
  try {
    const [http = 0, https = 0, first = 0, second = 0] = await freePorts(4);
    const ports: CephPorts = { http, https, monitor: [first, second], osd: await freePortRange(OSD_PORTS) };
    const { caFile, good } = await createServerCertificates(folder);
    const id = randomUUID();
    for (const name of ['mon', 'osd', 'rgw', 'run', 'log']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'ceph.conf'), cephConfig({ folder, ports, id, bytes, ...good }));
    const cluster = new Cluster(folder);
    await cluster.makeKeys();

    await cluster.makeMonitor(id, ports);
    running.push(await cluster.start('mon', 'ceph-mon', ['-i', 'a'], waitForPort(first)));
    await cluster.makeObjectStore();
    running.push(await cluster.start('osd', 'ceph-osd', ['-i', '0'], async () => (await cluster.ceph('osd', 'stat', '-f', 'json')).includes('"num_up_osds":1')));
    running.push(await cluster.start('rgw', 'radosgw', ['-n', 'client.rgw'], waitForPort(http)));
    await cluster.makeUsers();
    return {
      name: 'Ceph',
      version: /^ceph version (\S+)/.exec((await run(executable('ceph-osd'), ['--version'])).stdout)?.[1] ?? 'unknown',
      folder,
      endpoint: `http://127.0.0.1:${http}`,
      httpsEndpoint: `https://127.0.0.1:${https}`,
      caFile,
      users: USERS,
      ...swiftUsers(`http://127.0.0.1:${http}/auth/v1.0`),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The tools, with the configuration in that folder. */
class Cluster {
  readonly #folder: string;
  readonly #config: readonly string[];

  constructor(folder: string) {
    this.#folder = folder;
    this.#config = ['-c', join(folder, 'ceph.conf')];
  }

  async ceph(...args: string[]): Promise<string> {
    return (await this.#tool('ceph', '--connect-timeout', '20', ...args)).stdout;
  }

  start(name: string, command: string, args: readonly string[], ready: () => Promise<boolean>): Promise<ServerProcess> {
    return startProcess({ name, command: executable(command), args: [...this.#config, ...args, '-f'], folder: this.#folder, env: this.#env, ready, timeoutMs: 120_000, stopTimeoutMs: 30_000 });
  }

  async makeKeys(): Promise<void> {
    const keyring = join(this.#folder, 'keyring');
    const all = ['--cap', 'osd', 'allow *'];
    await this.#run('ceph-authtool', '--create-keyring', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *');
    await this.#run('ceph-authtool', keyring, '--gen-key', '-n', 'client.admin', '--cap', 'mon', 'allow *', ...all, '--cap', 'mgr', 'allow *');
    await this.#run('ceph-authtool', keyring, '--gen-key', '-n', 'client.rgw', '--cap', 'mon', 'allow rw', '--cap', 'osd', 'allow rwx', '--cap', 'mgr', 'allow rw');
    await this.#run('ceph-authtool', keyring, '--gen-key', '-n', 'osd.0', '--cap', 'mon', 'allow profile osd', ...all, '--cap', 'mgr', 'allow profile osd');
  }

  async makeMonitor(id: string, { monitor }: CephPorts): Promise<void> {
    const map = join(this.#folder, 'monmap');
    await this.#run('monmaptool', '--create', '--clobber', '--fsid', id, '--addv', 'a', `[v2:127.0.0.1:${monitor[0]},v1:127.0.0.1:${monitor[1]}]`, map);
    await this.#tool('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', join(this.#folder, 'keyring'));
  }

  async makeObjectStore(): Promise<void> {
    const id = randomUUID();
    await this.ceph('osd', 'new', id);
    await this.#tool('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', id);
  }

  async makeUsers(): Promise<void> {
    await Promise.all(
      Object.entries(USERS).map(async ([id, { accessKeyId, secretAccessKey }]) => {
        await this.#admin('user', 'create', `--uid=${id}`, `--display-name=${id}`, `--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`, ...(id === 'ro' ? ['--op-mask=read'] : []));
      }),
    );
    // Two changes of one user at the same time fail.
    await Promise.all([
      this.#admin('quota', 'set', '--quota-scope=user', '--uid=quota', `--max-size=${CEPH_QUOTA_BYTES}`).then(() => this.#admin('quota', 'enable', '--quota-scope=user', '--uid=quota')).then(() => this.#admin('subuser', 'create', '--uid=quota', '--subuser=quota:swift', '--access=full', '--key-type=swift', '--secret-key=swiftquota')),
      this.#admin('subuser', 'create', '--uid=rw', '--subuser=rw:swift', '--access=full', '--key-type=swift', '--secret-key=swiftrw').then(() => this.#admin('subuser', 'create', '--uid=rw', '--subuser=rw:reader', '--access=read', '--key-type=swift', '--secret-key=swiftreader')),
    ]);
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, CEPH_CONF: join(this.#folder, 'ceph.conf') };
  }

  #admin(...args: string[]) {
    return this.#tool('radosgw-admin', '-n', 'client.rgw', ...args);
  }

  #tool(command: string, ...args: string[]) {
    return this.#run(command, ...this.#config, ...args);
  }

  #run(command: string, ...args: string[]) {
    return run(executable(command), args, { env: this.#env });
  }
}
