import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { createAuthority, type TestAuthority } from '../../../../e2e/servers/certificates.ts';
import { S3Fixture, S3_FIXTURE_TITLE, S3_FIXTURE_USER } from '../../../../e2e/servers/s3-fixture.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { trustOfferOf } from '../../../../shared/storage/trust-offer.ts';
import { contents, pattern, store } from '../../testing/subject.ts';
import { connectTo } from './s3-bucket-fixture.ts';
import type { S3Location } from './location.ts';

let authority: TestAuthority | null = null;
let fixture: S3Fixture | null = null;
afterEach(async () => {
  await fixture?.stop();
  await authority?.remove();
});

/** A server with a certificate for these names, and a bucket. */
async function start(names: readonly string[]): Promise<(options?: Record<string, string>) => Promise<S3Location>> {
  authority = await createAuthority([...names]);
  fixture = await S3Fixture.start({}, authority);
  const bucket = `test-${randomBytes(4).toString('hex')}`;
  fixture.store.createBucket(bucket);
  const server = { endpoint: fixture.endpoint(), user: S3_FIXTURE_USER };
  return (options = {}) => connectTo(server, bucket, { options });
}

const refusal = (opening: Promise<S3Location>) => opening.then((location) => location.close().then(() => null), (error: unknown) => (error instanceof StorageError ? error : null));

describe(`TLS (${S3_FIXTURE_TITLE})`, () => {
  test('an authority that nobody knows is refused with an offer, and trusted by its certificate or its authority alone', async () => {
    const connect = await start(['IP:127.0.0.1']);
    const error = await refusal(connect());
    expect(error?.code).toBe('untrusted_server');
    const offer = error === null ? null : trustOfferOf(error);
    expect(offer).toMatchObject({ trust: 'unknown', trustOption: 'certificate' });
    for (const options of [{ certificate: offer?.trustValue ?? '' }, { caFile: authority?.caFile ?? '' }]) {
      const location = await connect(options);
      await store(location, 'file.bin', pattern(20 * 1024 * 1024));
      expect((await contents(location, 'file.bin')).length).toBe(20 * 1024 * 1024);
      await location.close();
    }
    expect(fixture?.requests.every(({ operation }) => operation !== null)).toBe(true);
    const changed = await refusal(connect({ certificate: 'AB'.repeat(32) }));
    expect(changed === null ? null : trustOfferOf(changed)).toMatchObject({ trust: 'changed' });
  });

  test('a certificate for another name is refused', async () => {
    const connect = await start(['DNS:elsewhere.invalid']);
    const error = await refusal(connect({ caFile: authority?.caFile ?? '' }));
    expect(error).toMatchObject({ code: 'untrusted_server', message: expect.stringContaining('127.0.0.1') });
  });

  test('nothing goes to a server that is not trusted', async () => {
    const connect = await start(['IP:127.0.0.1']);
    await refusal(connect());
    expect(fixture?.requests).toEqual([]);
  });
});
