import { type SwiftUser, startCeph } from '../../servers/real/ceph.ts';
import { startOpenStackSwift } from '../../servers/real/openstack-swift.ts';
import type { Address, RefusedUpload, Refusal, RunningTarget, StorageTarget } from '../target.ts';
import { behindTls } from './behind-tls.ts';
import { readOnlyLocation } from './server-places.ts';
import { SwiftContainer } from './swift-container.ts';

const CONTAINER = 'archive';
const MIB = 1024 * 1024;

interface Failures {
  refusals(address: (user: SwiftUser) => Address): readonly Refusal[];
  uploads(address: (user: SwiftUser, container?: SwiftContainer, name?: string) => Address): readonly RefusedUpload[];
}

function running(version: string, user: SwiftUser, container: SwiftContainer, stop: () => Promise<void>, failures: Failures): RunningTarget {
  const at = (address: string, port: number): string => {
    const url = new URL(address);
    url.port = String(port);
    return url.href;
  };
  // The sign-in names the server's own port, not that of a proxy before it.
  const addressOf = (port: number) => (as: SwiftUser, where = container, name = CONTAINER): Address => ({ backend: 'swift', uri: at(as.authUrl, port), options: { user: as.user, container: name, storageUrl: at(where.storage, port) }, secrets: { '': as.key } });
  const address = (port: number): Address => addressOf(port)(user);
  const port = Number(new URL(user.authUrl).port);
  return {
    version, port, stop, address,
    showing: behindTls(port, address),
    refusals: (at) => [
      { failure: 'missing place', what: 'an unknown container', address: { ...address(at), options: { ...address(at).options, container: 'no-such-container' } }, codes: ['not_found'], says: /no-such-container/ },
      ...failures.refusals(addressOf(at)),
    ],
    refusedUploads: (at) => [...failures.uploads(addressOf(at)), readOnlyLocation(address(at), () => container.stored())],
    rclone: () => ({ remote: `:swift:${CONTAINER}/`, environment: { RCLONE_SWIFT_AUTH: user.authUrl, RCLONE_SWIFT_USER: user.user, RCLONE_SWIFT_KEY: user.key } }),
  };
}

const mayOnlyRead = (address: Address, stored: RefusedUpload['stored']): RefusedUpload => ({ failure: 'read only', what: 'a user who may only read', address, codes: ['permission_denied'], says: /archive/, stored });
/** Twice: a new file, and a new one in place of an old one that stays. */
const tooMuch = (what: string, address: Address, stored: RefusedUpload['stored']): readonly RefusedUpload[] => [{}, { replaces: true } as const].map((more) => ({ failure: 'no space', what: `${what}${'replaces' in more ? ', for the new bytes of a file' : ''}`, address, size: 20 * MIB, codes: ['out_of_space'], says: /quota/, stored, ...more }));
const noRight = (address: Address): Refusal => ({ failure: 'no permission', what: 'a user without any right in the container', address, codes: ['permission_denied'], says: /archive/ });

export const SWIFT_TARGETS: readonly StorageTarget[] = [
  {
    id: 'swift-openstack', title: 'Swift · OpenStack Swift', needs: ['swift'], short: true,
    async start() {
      const server = await startOpenStackSwift();
      const { rw, ro, other } = server.swift;
      const container = await SwiftContainer.open(rw, CONTAINER);
      const small = await SwiftContainer.open(rw, 'small');
      await container.set({ 'x-container-read': `${ro.user},.rlistings` });
      for (const one of [small, await SwiftContainer.open(rw, 'small_segments')]) await one.set({ 'x-container-meta-quota-bytes': '1000000' });
      return running(server.version, rw, container, () => server.stop(), {
        refusals: (address) => [noRight(address(other))],
        uploads: (address) => [mayOnlyRead(address(ro), () => container.stored()), ...tooMuch('a container with a quota', address(rw, small, 'small'), () => small.stored())],
      });
    },
  },
  {
    id: 'swift-ceph', title: 'Swift · Ceph RGW', needs: ['ceph'],
    async start() {
      const server = await startCeph({ bytes: 16 * 1024 ** 3 });
      const container = await SwiftContainer.open(server.swift, CONTAINER);
      const small = await SwiftContainer.open(server.swiftQuota, 'small');
      // Ceph counts what was removed for a while yet, so only one upload can meet the quota.
      return running(server.version, server.swift, container, () => server.stop(), {
        refusals: (address) => [noRight(address(server.swiftQuota))],
        uploads: (address) => [mayOnlyRead(address(server.swiftReader), () => container.stored()), ...tooMuch('a user with a quota', address(server.swiftQuota, small, 'small'), () => small.stored()).slice(0, 1)],
      });
    },
  },
];
