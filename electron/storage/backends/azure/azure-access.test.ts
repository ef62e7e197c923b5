import { randomUUID } from 'node:crypto';
import { ContainerSASPermissions, type ContainerClient, StorageSharedKeyCredential, generateBlobSASQueryParameters } from '@azure/storage-blob';
import { beforeEach, describe, expect, test } from 'vitest';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startAzurite } from '../../../../e2e/servers/real/azurite.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { contents, listed, pattern, rejectsWith, store } from '../../testing/subject.ts';
import { connectTo, createContainer } from './azure-fixture.ts';

const NEVER_READ = { minimum: 2, readBack: 'never' } as const;

describeServer('azurite', () => {
  const azurite = useServer(startAzurite);
  let container: ContainerClient;
  const opened: StorageLocation[] = [];

  beforeEach(async () => {
    await Promise.all(opened.splice(0).map((location) => location.close()));
    container = await createContainer(azurite());
  });

  const connect = async (more: Partial<Parameters<typeof connectTo>[2]> = {}): Promise<StorageLocation> => {
    const location = await connectTo(azurite().endpoint, container.containerName, { secret: azurite().key, ...more });
    opened.push(location);
    return location;
  };
  const sas = (permissions: string, expiresOn = new Date(Date.now() + 3_600_000)): string => {
    const { account, key } = azurite();
    return generateBlobSASQueryParameters({ containerName: container.containerName, permissions: ContainerSASPermissions.parse(permissions), expiresOn }, new StorageSharedKeyCredential(account, key)).toString();
  };
  const names = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { name } of container.listBlobsFlat({ includeUncommitedBlobs: true, includeSnapshots: true })) found.push(name);
    return found;
  };

  describe('connecting', () => {
    test('finds out what there is, in words, and leaves nothing', async () => {
      const location = await connect();
      expect(location.capabilities).toMatchObject({ list: true, makeDirectory: true, move: true, delete: true, rangeRead: true, noOverwrite: true, resume: true, versions: true, link: true, serverDigest: [] });
      const report = await location.probe();
      expect(report.lines.map(({ text }) => text)).toEqual([
        `The container ${container.containerName} at ${azurite().endpoint} answers with the account key.`,
        'Blobs can be listed.',
        'Parts of blobs can be read.',
        'Snapshots and versions can be listed.',
        'A small blob was stored, read and deleted again.',
        'A small file is compared with our MD5 on arrival: a wrong one was refused.',
        'The service answers with the MD5 that it computed of a small file itself.',
        'Each block of a large file is compared with our MD5 on arrival: a wrong one was refused.',
        'Uploads that were cut go on with the blocks that are there.',
        'The service refuses to replace a blob when asked to.',
      ]);
      expect(await names()).toEqual([]);
    });

    test('leaves nothing when it is canceled in the middle either', async () => {
      for (const delay of [5, 20, 40, 60, 80]) {
        const abort = new AbortController();
        setTimeout(() => abort.abort(), delay);
        const connecting = import('./definition.ts').then(({ azureBackend }) => azureBackend.connect({ uri: `${azurite().endpoint}/${container.containerName}/`, secret: azurite().key, proof: NEVER_READ, sizeLimit: null, options: {} }, { signal: abort.signal }));
        await connecting.then((location) => location.close(), (error: unknown) => expect(error).toMatchObject({ code: 'canceled' }));
        expect(await names()).toEqual([]);
      }
    });

    test('writes nothing to a location that is set to read only', async () => {
      await container.getBlockBlobClient('there.bin').upload('some bytes', 10);
      const location = await connect({ options: { readOnly: true } });
      expect(location.capabilities).toMatchObject({ delete: false, makeDirectory: false, move: false, noOverwrite: false, resume: false, rangeRead: true });
      await rejectsWith(() => store(location, 'a.bin', pattern(10)), 'permission_denied');
      await rejectsWith(() => location.file('there.bin').delete(), 'permission_denied');
      expect((await contents(location, 'there.bin')).toString()).toBe('some bytes');
      expect(await names()).toEqual(['there.bin']);
    });

    test('says what is wrong with the key, the container and the address', async () => {
      const wrong = await rejectsWith(() => connect({ secret: Buffer.alloc(64, 1).toString('base64') }), 'authentication_failed');
      expect(wrong.message).not.toContain(Buffer.alloc(64, 1).toString('base64'));
      const missing = await rejectsWith(() => connectTo(azurite().endpoint, `box-${randomUUID()}`, { secret: azurite().key }), 'not_found');
      expect(missing.message).toContain('Create the container');
      await rejectsWith(() => connectTo('https://nosuchaccount.blob.invalid', 'box', { secret: azurite().key, options: { account: 'nosuchaccount' } }), 'unavailable');
    });

    test('takes a connection string', async () => {
      const { account, key, endpoint } = azurite();
      await connect({ secret: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${endpoint};` });
    });
  });

  describe('a shared access signature', () => {
    test('never shows in an address, a link, a listing or an error', async () => {
      const query = sas('racwdl');
      const location = await connect({ secret: query });
      const signature = new URLSearchParams(query).get('sig') ?? '';
      await store(location, 'in/a.bin', pattern(10));
      await location.move('in/a.bin', 'in/b.bin');
      const shown = [
        await location.stat('in/b.bin'),
        await listed(location, 'in'),
        await location.details('in/b.bin'),
        (await rejectsWith(() => location.stat('missing'), 'not_found')).toRecord(),
        (await rejectsWith(() => location.link('in/b.bin', 60), 'unsupported')).toRecord(),
        await location.probe(),
      ];
      const text = JSON.stringify(shown);
      expect(text).not.toContain(signature);
      expect(text).not.toContain(encodeURIComponent(signature));
    });

    test('that may only read is told so, and writing is refused', async () => {
      await container.getBlockBlobClient('there.bin').upload('some bytes', 10);
      const location = await connect({ secret: sas('rl') });
      expect(location.capabilities).toMatchObject({ list: true, rangeRead: true, delete: false, makeDirectory: false, move: false, resume: false });
      expect((await location.probe()).lines.at(-1)?.text).toMatch(/^Nothing can be stored here: Could not store .* 403 AuthorizationPermissionMismatch/);
      await rejectsWith(() => store(location, 'a.bin', pattern(10)), 'permission_denied');
      await rejectsWith(() => location.file('there.bin').delete(), 'unsupported', 'permission_denied');
      await rejectsWith(() => location.remove('there.bin'), 'unsupported');
      expect((await contents(location, 'there.bin')).toString()).toBe('some bytes');
    });

    test('that may not list is told so', async () => {
      const location = await connect({ secret: sas('racwd') });
      expect(location.capabilities).toMatchObject({ list: false, versions: false, delete: true });
      await store(location, 'a.bin', pattern(10));
      await rejectsWith(() => listed(location, ''), 'unsupported');
      expect((await location.stat('a.bin')).size).toBe(10);
      await rejectsWith(() => location.stat('missing'), 'permission_denied', 'not_found');
    });

    test('that may not delete leaves no blob of the probe, and stores all the same', async () => {
      const location = await connect({ secret: sas('rcwl') });
      expect(await names()).toEqual([expect.stringMatching(/^\.holdfast-probe-/)]);
      expect((await listed(location, '')).length).toBe(0);
      expect(location.capabilities).toMatchObject({ delete: false, move: false, noOverwrite: false });
      await store(location, 'a.bin', pattern(10));
      expect(await contents(location, 'a.bin')).toEqual(pattern(10));
    });

    test('that has ended is named as the reason', async () => {
      const error = await rejectsWith(() => connect({ secret: sas('rl', new Date('2020-01-02T03:04:05Z')) }), 'authentication_failed');
      expect(error.message).toContain('the shared access signature ended on 2020-01-02T03:04:05.000Z');
    });
  });
});
