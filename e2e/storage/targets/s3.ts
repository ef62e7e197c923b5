import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { startCeph } from '../../servers/real/ceph.ts';
import type { S3User } from '../../servers/real/ceph.ts';
import { startOpenStackSwift } from '../../servers/real/openstack-swift.ts';
import { S3Fixture, S3_FIXTURE_READER, S3_FIXTURE_TITLE, S3_FIXTURE_USER } from '../../servers/s3-fixture.ts';
import type { Address, RcloneRemote, Refusal, RefusedUpload, RunningTarget, StorageTarget } from '../target.ts';
import { behindTls } from './behind-tls.ts';
import { readOnlyLocation } from './server-places.ts';
import { SwiftContainer } from './swift-container.ts';

const BUCKET = 'archive';
const MIB = 1024 * 1024;

/** A bucket, seen without Holdfast. */
class Bucket {
  readonly #client: S3Client;
  readonly #name: string;

  constructor(endpoint: string, { accessKeyId, secretAccessKey }: S3User, name = BUCKET) {
    this.#name = name;
    this.#client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey }, requestChecksumCalculation: 'WHEN_REQUIRED' });
  }

  async make(): Promise<void> {
    await this.#client.send(new CreateBucketCommand({ Bucket: this.#name }));
  }

  /** Lets a user of Ceph do everything here that this user may do at all. */
  async openTo(user: string): Promise<void> {
    const Resource = [`arn:aws:s3:::${this.#name}`, `arn:aws:s3:::${this.#name}/*`];
    await this.#client.send(new PutBucketPolicyCommand({ Bucket: this.#name, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: [`arn:aws:iam:::user/${user}`] }, Action: ['s3:*'], Resource }] }) }));
  }

  /** Objects with their sizes, and uploads in parts that were begun. */
  async stored(): Promise<readonly string[]> {
    const { Contents = [] } = await this.#client.send(new ListObjectsV2Command({ Bucket: this.#name }));
    const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.#name }));
    return [...Contents.map(({ Key, Size }) => `${Key ?? ''} ${Size ?? 0}`), ...Uploads.map(({ Key }) => `${Key ?? ''} begun`)];
  }
}

interface Failures {
  refusals?(address: (user: S3User, bucket?: string) => Address): readonly Refusal[];
  uploads(address: (user: S3User, bucket?: string) => Address): readonly RefusedUpload[];
  readonly notHere?: RunningTarget['notHere'];
}

function running(version: string, endpoint: string, user: S3User, stop: () => Promise<void>, failures: Failures): RunningTarget {
  const at = (port: number): string => {
    const url = new URL(endpoint);
    url.port = String(port);
    return url.href;
  };
  const addressOf = (port: number) => (as: S3User, bucket = BUCKET): Address => ({ backend: 's3', uri: `s3://${bucket}/`, options: { endpoint: at(port), region: 'us-east-1', accessKeyId: as.accessKeyId }, secrets: { '': as.secretAccessKey } });
  const address = (port: number): Address => addressOf(port)(user);
  const remote: RcloneRemote = {
    remote: `:s3:${BUCKET}/`,
    environment: { RCLONE_S3_PROVIDER: 'Ceph', RCLONE_S3_ENDPOINT: endpoint, RCLONE_S3_ACCESS_KEY_ID: user.accessKeyId, RCLONE_S3_SECRET_ACCESS_KEY: user.secretAccessKey, RCLONE_S3_REGION: 'us-east-1', RCLONE_S3_FORCE_PATH_STYLE: 'true' },
  };
  const bucket = new Bucket(endpoint, user);
  return {
    version, port: Number(new URL(endpoint).port), address, rclone: () => remote, stop,
    showing: behindTls(Number(new URL(endpoint).port), address),
    refusals: (port) => [
      { failure: 'missing place', what: 'an unknown bucket', address: { ...address(port), uri: 's3://no-such-bucket-here/' }, codes: ['not_found', 'permission_denied'], says: /no-such-bucket-here/ },
      { failure: 'wrong secret', what: 'an unknown access key', address: { ...address(port), options: { ...address(port).options, accessKeyId: 'AKNOBODY' } }, codes: ['authentication_failed', 'permission_denied'] },
      ...(failures.refusals?.(addressOf(port)) ?? []),
    ],
    refusedUploads: (port) => [...failures.uploads(addressOf(port)), readOnlyLocation(address(port), () => bucket.stored())],
    ...(failures.notHere && { notHere: failures.notHere }),
  };
}

const mayOnlyRead = (what: string, address: Address, stored: RefusedUpload['stored']): RefusedUpload => ({ failure: 'read only', what, address, codes: ['permission_denied'], says: /film\.mov/, stored });
const noRight = (address: Address): Refusal => ({ failure: 'no permission', what: 'a user without any right in the bucket', address, codes: ['permission_denied'], says: /archive|small/ });
/** Twice: a new file, and a new one in place of an old one that stays. */
const tooMuch = (what: string, address: Address, stored: RefusedUpload['stored']): readonly RefusedUpload[] => [{}, { replaces: true } as const].map((more) => ({ failure: 'no space', what: `${what}${'replaces' in more ? ', for the new bytes of a file' : ''}`, address, size: 20 * MIB, codes: ['out_of_space'], says: /film\.mov/, stored, ...more }));

export const S3_TARGETS: readonly StorageTarget[] = [
  {
    id: 's3-ceph', title: 'S3 · Ceph RGW', needs: ['ceph'], short: true,
    async start() {
      const server = await startCeph({ bytes: 16 * 1024 ** 3 });
      const { rw, ro, quota } = server.users;
      const bucket = new Bucket(server.endpoint, rw);
      const small = new Bucket(server.endpoint, quota, 'small');
      await bucket.make();
      await small.make();
      await bucket.openTo('ro');
      // Ceph counts what was removed for a while yet, so only one upload can meet the quota.
      return running(server.version, server.endpoint, rw, () => server.stop(), {
        refusals: (address) => [noRight(address(quota))],
        uploads: (address) => [mayOnlyRead('a user who may only read', address(ro), () => bucket.stored()), ...tooMuch('a user with a quota', address(quota, 'small'), () => small.stored()).slice(0, 1)],
      });
    },
  },
  {
    id: 's3-swift', title: 'S3 · OpenStack Swift (s3api)', needs: ['swift'],
    async start() {
      const server = await startOpenStackSwift();
      const { rw, ro } = server.users;
      const bucket = new Bucket(server.endpoint, rw);
      const small = new Bucket(server.endpoint, rw, 'small');
      await bucket.make();
      await small.make();
      const owner = await SwiftContainer.open(server.swift.rw, BUCKET);
      await owner.set({ 'x-container-read': `${ro.accessKeyId},.rlistings` });
      for (const name of ['small', 'small+segments']) await (await SwiftContainer.open(server.swift.rw, name)).set({ 'x-container-meta-quota-bytes': '1000000' });
      return running(server.version, server.endpoint, rw, () => server.stop(), {
        refusals: (address) => [noRight(address(ro, 'small'))],
        uploads: (address) => [mayOnlyRead('a user who may only read', address(ro), () => bucket.stored()), ...tooMuch('a container with a quota', address(rw, 'small'), () => small.stored())],
      });
    },
  },
  {
    id: 's3-fixture', title: `S3 · ${S3_FIXTURE_TITLE}`, needs: [],
    async start() {
      const server = await S3Fixture.start();
      const late = await S3Fixture.start({ clockOffsetMs: 3_600_000 });
      const bucket = new Bucket(server.endpoint(), S3_FIXTURE_USER);
      await bucket.make();
      await new Bucket(late.endpoint(), S3_FIXTURE_USER).make();
      const stop = async (): Promise<void> => {
        await late.stop();
        await server.stop();
      };
      return running('of the tests', server.endpoint(), S3_FIXTURE_USER, stop, {
        refusals: (address) => {
          const right = address(S3_FIXTURE_USER);
          return [{ failure: 'clock', what: 'a server whose clock is an hour ahead', address: { ...right, options: { ...right.options, endpoint: late.endpoint() } }, codes: [], works: true }];
        },
        uploads: (address) => [mayOnlyRead('a user who may only read', address(S3_FIXTURE_READER), () => bucket.stored())],
        notHere: { 'no permission': 'the fixture knows those who may do all and those who may only read', 'no space': 'the fixture has no quotas' },
      });
    },
  },
];
