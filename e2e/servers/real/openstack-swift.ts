import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { S3User, SwiftUser } from './ceph.ts';
import { executable } from './installed.ts';
import { proxyConfig, serviceConfig, SWIFT_CONF, SWIFT_SERVICES, type SwiftPorts } from './openstack-swift-config.ts';
import { freePorts, makeServerFolder, removeServerFolder, run, startProcess, waitForPort, type RunningServer, type ServerProcess } from './server-process.ts';

type Name = 'rw' | 'ro' | 'other';

/** OpenStack Swift with all its servers, its own API and that of S3. Containers are made by who uses it. */
export interface RunningSwift extends RunningServer {
  /** S3, path style, region us-east-1 */
  readonly endpoint: string;
  /** `ro` is of the same account as `rw`, without rights but those that container ACLs give (`test:ro`); `other` has an account of its own */
  readonly users: Readonly<Record<Name, S3User>>;
  readonly swift: Readonly<Record<Name, SwiftUser>>;
}

const ACCOUNTS: Readonly<Record<Name, { user: string; key: string }>> = {
  rw: { user: 'test:rw', key: 'pw-rw' },
  ro: { user: 'test:ro', key: 'pw-ro' },
  other: { user: 'other:rw', key: 'pw-other' },
};
const ACCOUNTS_CONFIG = 'user_test_rw = pw-rw .admin\nuser_test_ro = pw-ro\nuser_other_rw = pw-other .admin';

/** Takes some seconds, so tests share one with `useServer`. */
export async function startOpenStackSwift(): Promise<RunningSwift> {
  const folder = await makeServerFolder('swift');
  const running: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
    await removeServerFolder(folder);
  };
  try {
    const [proxy = 0, account = 0, container = 0, object = 0, memcached = 0] = await freePorts(5);
    const ports: SwiftPorts = { proxy, account, container, object, memcached };
    await writeConfig(folder, ports);
    await Promise.all(SWIFT_SERVICES.map((service) => makeRing(join(folder, 'etc'), service, ports[service])));

    const start = async (name: string, command: string, args: readonly string[], ready: () => Promise<boolean>): Promise<void> => {
      running.push(await startProcess({ name, command: executable(command), args, folder, ready, env: { ...process.env, PYTHONWARNINGS: 'ignore', SWIFT_TEST_CONF_DIR: join(folder, 'etc') }, timeoutMs: 60_000 }));
    };
    const config = (service: string) => [join(folder, 'etc', `${service}-server.conf`), '-v'];
    const address = `http://127.0.0.1:${proxy}`;
    // All are waited for, also when one fails: what started has to be stopped.
    const starts = await Promise.allSettled([
      start('memcached', 'memcached', ['-u', userInfo().username, '-l', '127.0.0.1', '-p', String(memcached), '-U', '0', '-m', '64'], waitForPort(memcached)),
      ...SWIFT_SERVICES.map((service) => start(service, `swift-${service}-server`, config(service), waitForPort(ports[service]))),
      start('proxy', 'swift-proxy-server', config('proxy'), async () => (await fetch(`${address}/healthcheck`)).ok),
    ]);
    for (const one of starts) if (one.status === 'rejected') throw one.reason;
    return {
      name: 'OpenStack Swift',
      version: ((await (await fetch(`${address}/info`)).json()) as { swift: { version: string } }).swift.version,
      folder,
      endpoint: address,
      users: ofAll(({ user, key }) => ({ accessKeyId: user, secretAccessKey: key })),
      swift: ofAll(({ user, key }) => ({ authUrl: `${address}/auth/v1.0`, user, key })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function writeConfig(folder: string, ports: SwiftPorts): Promise<void> {
  const user = userInfo().username;
  for (const name of ['etc', 'node', 'node/d1', 'cache']) await mkdir(join(folder, name));
  const write = (name: string, text: string) => writeFile(join(folder, 'etc', name), text);
  await write('swift.conf', SWIFT_CONF);
  for (const service of SWIFT_SERVICES) await write(`${service}-server.conf`, serviceConfig({ folder, service, port: ports[service], user }));
  await write('proxy-server.conf', proxyConfig({ folder, ports, user, accounts: ACCOUNTS_CONFIG }));
}

/** Where things are put: one copy on the one device. */
async function makeRing(cwd: string, service: string, port: number): Promise<void> {
  const builder = (...args: string[]) => run(executable('swift-ring-builder'), [`${service}.builder`, ...args], { cwd });
  await builder('create', '6', '1', '1');
  await builder('add', `r1z1-127.0.0.1:${port}/d1`, '1');
  await builder('rebalance');
}

function ofAll<Value>(make: (account: { user: string; key: string }) => Value): Readonly<Record<Name, Value>> {
  return { rw: make(ACCOUNTS.rw), ro: make(ACCOUNTS.ro), other: make(ACCOUNTS.other) };
}
