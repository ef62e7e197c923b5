import { describe, vi } from 'vitest';
import { startFaultProxy } from '../../../../e2e/servers/fault-proxy.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { S3Fixture, S3_FIXTURE_TITLE, S3_FIXTURE_USER } from '../../../../e2e/servers/s3-fixture.ts';
import { describeBackend } from '../../testing/conformance.ts';
import { bucketHarness } from './s3-bucket-fixture.ts';

// Some cases store more than a thousand files, which a server on a busy computer takes minutes for.
vi.setConfig({ testTimeout: 300_000 });

describe(S3_FIXTURE_TITLE, () => {
  const fixture = useServer(() => S3Fixture.start());
  const proxy = useServer(() => startFaultProxy({ target: fixture().port }));
  const server = () => ({ endpoint: fixture().endpoint(), user: S3_FIXTURE_USER });
  describeBackend('s3', bucketHarness(server, { proxy }));
});
