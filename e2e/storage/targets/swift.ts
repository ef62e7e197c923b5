import { type SwiftUser, startCeph } from '../../servers/real/ceph.ts';
import { startOpenStackSwift } from '../../servers/real/openstack-swift.ts';
import type { RunningTarget, StorageTarget } from '../target.ts';

const CONTAINER = 'archive';

async function running(version: string, user: SwiftUser, stop: () => Promise<void>): Promise<RunningTarget> {
  const signIn = await fetch(user.authUrl, { headers: { 'x-auth-user': user.user, 'x-auth-key': user.key } });
  const storage = signIn.headers.get('x-storage-url') ?? '';
  const made = await fetch(`${storage}/${CONTAINER}`, { method: 'PUT', headers: { 'x-auth-token': signIn.headers.get('x-auth-token') ?? '' } });
  if (!made.ok) throw new Error(`The container could not be made: ${made.status}`);
  const at = (address: string, port: number): string => {
    const url = new URL(address);
    url.port = String(port);
    return url.href;
  };
  return {
    version, port: Number(new URL(user.authUrl).port), stop,
    // The sign-in names the server's own port, not that of a proxy before it.
    address: (port) => ({ backend: 'swift', uri: at(user.authUrl, port), options: { user: user.user, container: CONTAINER, storageUrl: at(storage, port) }, secrets: { '': user.key } }),
    rclone: () => ({ remote: `:swift:${CONTAINER}/`, environment: { RCLONE_SWIFT_AUTH: user.authUrl, RCLONE_SWIFT_USER: user.user, RCLONE_SWIFT_KEY: user.key } }),
  };
}

export const SWIFT_TARGETS: readonly StorageTarget[] = [
  {
    id: 'swift-openstack', title: 'Swift · OpenStack Swift', needs: ['swift'], short: true,
    async start() {
      const server = await startOpenStackSwift();
      return running(server.version, server.swift.rw, () => server.stop());
    },
  },
  {
    id: 'swift-ceph', title: 'Swift · Ceph RGW', needs: ['ceph'],
    async start() {
      const server = await startCeph({ bytes: 16 * 1024 ** 3 });
      return running(server.version, server.swift, () => server.stop());
    },
  },
];
