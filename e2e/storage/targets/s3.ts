import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startCeph } from '../../servers/real/ceph.ts';
import { startOpenStackSwift } from '../../servers/real/openstack-swift.ts';
import { S3Fixture, S3_FIXTURE_TITLE, S3_FIXTURE_USER } from '../../servers/s3-fixture.ts';
import type { S3User } from '../../servers/real/ceph.ts';
import type { Address, RcloneRemote, RunningTarget, StorageTarget } from '../target.ts';

const BUCKET = 'archive';

async function makeBucket(endpoint: string, { accessKeyId, secretAccessKey }: S3User): Promise<void> {
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey }, requestChecksumCalculation: 'WHEN_REQUIRED' });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
}

function running(version: string, endpoint: string, user: S3User, stop: () => Promise<void>): RunningTarget {
  const at = (port: number): string => {
    const url = new URL(endpoint);
    url.port = String(port);
    return url.href;
  };
  const address = (port: number): Address => ({ backend: 's3', uri: `s3://${BUCKET}/`, options: { endpoint: at(port), region: 'us-east-1', accessKeyId: user.accessKeyId }, secrets: { '': user.secretAccessKey } });
  const remote: RcloneRemote = {
    remote: `:s3:${BUCKET}/`,
    environment: { RCLONE_S3_PROVIDER: 'Ceph', RCLONE_S3_ENDPOINT: endpoint, RCLONE_S3_ACCESS_KEY_ID: user.accessKeyId, RCLONE_S3_SECRET_ACCESS_KEY: user.secretAccessKey, RCLONE_S3_REGION: 'us-east-1', RCLONE_S3_FORCE_PATH_STYLE: 'true' },
  };
  return {
    version, port: Number(new URL(endpoint).port), address, rclone: () => remote, stop,
    refusals: (port) => [
      { what: 'an unknown bucket', address: { ...address(port), uri: 's3://no-such-bucket-here/' }, codes: ['not_found', 'permission_denied'] },
      { what: 'an unknown access key', address: { ...address(port), options: { ...address(port).options, accessKeyId: 'AKNOBODY' } }, codes: ['authentication_failed', 'permission_denied'] },
    ],
  };
}

export const S3_TARGETS: readonly StorageTarget[] = [
  {
    id: 's3-ceph', title: 'S3 · Ceph RGW', needs: ['ceph'], short: true,
    async start() {
      const server = await startCeph({ bytes: 16 * 1024 ** 3 });
      await makeBucket(server.endpoint, server.users.rw);
      return running(server.version, server.endpoint, server.users.rw, () => server.stop());
    },
  },
  {
    id: 's3-swift', title: 'S3 · OpenStack Swift (s3api)', needs: ['swift'],
    async start() {
      const server = await startOpenStackSwift();
      await makeBucket(server.endpoint, server.users.rw);
      return running(server.version, server.endpoint, server.users.rw, () => server.stop());
    },
  },
  {
    id: 's3-fixture', title: `S3 · ${S3_FIXTURE_TITLE}`, needs: [],
    async start() {
      const server = await S3Fixture.start();
      await makeBucket(server.endpoint(), S3_FIXTURE_USER);
      return running('of the tests', server.endpoint(), S3_FIXTURE_USER, () => server.stop());
    },
  },
];
