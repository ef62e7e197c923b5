import type { ContainerClient } from '@azure/storage-blob';
import { beforeEach, describe, expect, test } from 'vitest';
import { describeServer } from '../../../../e2e/servers/real/describe-server.ts';
import { startAzurite } from '../../../../e2e/servers/real/azurite.ts';
import { useServer } from '../../../../e2e/servers/real/use-server.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { evidenceLevel } from '../../../../shared/storage/evidence.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { contents, listed, pattern, rejectsWith, sourceOf, store } from '../../testing/subject.ts';
import { connectTo, createContainer } from './azure-fixture.ts';

const MIB = 1024 * 1024;
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
  const names = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    for await (const { name } of container.listBlobsFlat({ includeUncommitedBlobs: true, includeSnapshots: true })) found.push(name);
    return found;
  };

  describe('evidence', () => {
    test('of a small file is the MD5 that the service computed', async () => {
      const location = await connect({ proof: NEVER_READ });
      const { evidence, checksums } = await location.file('a.bin').save(sourceOf(pattern(1000)), { size: 1000 });
      expect(evidence.map(({ level, by, value }) => ({ level, by, value }))).toEqual([
        { level: 1, by: 'server', value: checksums.md5 },
        { level: 2, by: 'server', value: checksums.md5 },
      ]);
    });

    test('of a large file is that each block was compared on arrival, or what was read back', async () => {
      const bytes = pattern(9 * MIB);
      const told = await (await connect({ proof: NEVER_READ })).file('a.bin').save(sourceOf(bytes), { size: bytes.length });
      expect(told.evidence.map(({ level, algorithm, parts }) => ({ level, algorithm, parts }))).toEqual([
        { level: 0, algorithm: null, parts: undefined },
        { level: 1, algorithm: 'md5', parts: 5 },
      ]);
      const read = await (await connect()).file('b.bin').save(sourceOf(bytes), { size: bytes.length });
      expect(evidenceLevel(read.evidence)).toBe(3);
    });

    test('is never an MD5 that somebody declared', async () => {
      await container.getBlockBlobClient('a.bin').upload('some bytes', 10, { blobHTTPHeaders: { blobContentMD5: new Uint8Array(16) } }).catch(() => undefined);
      const blob = container.getBlockBlobClient('b.bin');
      await blob.stageBlock(Buffer.from('1').toString('base64'), 'some bytes', 10);
      await blob.commitBlockList([Buffer.from('1').toString('base64')], { blobHTTPHeaders: { blobContentMD5: new Uint8Array(16) } });
      const location = await connect();
      expect(await location.details('b.bin')).toContainEqual({ label: expect.stringContaining('Declared md5') as string, value: '0'.repeat(32) });
      expect(location.file('b.bin').asksStorage).toBe(false);
      expect(await location.file('b.bin').checksum({ algorithm: 'md5' })).not.toBe(`md5:${'0'.repeat(32)}`);
    });
  });

  describe('versions', () => {
    test('are the snapshots of a blob, each of which can be read', async () => {
      const location = await connect();
      await store(location, 'a.bin', pattern(10, 1));
      const snapshot = await container.getBlobClient('a.bin').createSnapshot();
      await store(location, 'a.bin', pattern(20, 2));
      await store(location, 'a.bin.old', pattern(30, 3));
      const pages = [];
      for await (const page of location.versions('a.bin')) pages.push(...page);
      expect(pages).toMatchObject([
        { latest: true, size: 20 },
        { latest: false, size: 10, versionId: `snapshot:${snapshot.snapshot}` },
      ]);
      const old = await location.file('a.bin', { versionId: pages[1]?.versionId ?? '' }).open();
      expect(await old.toArray().then((chunks) => Buffer.concat(chunks as Buffer[]))).toEqual(pattern(10, 1));
      await rejectsWith(async () => location.versions('missing')[Symbol.asyncIterator]().next(), 'not_found');
    });

    test('keep a blob from being deleted, unless all of it is to go', async () => {
      const location = await connect();
      await store(location, 'a.bin', pattern(10));
      await container.getBlobClient('a.bin').createSnapshot();
      const error = await rejectsWith(() => location.remove('a.bin'), 'already_exists');
      expect(error.message).toContain('It has snapshots');
      await location.remove('a.bin', { recursive: true });
      expect(await names()).toEqual([]);
    });
  });

  test('links can be fetched by anybody until they expire', async () => {
    const location = await connect();
    await store(location, 'a folder/ä #1.txt', Buffer.from('hello'));
    const link = await location.link('a folder/ä #1.txt', 60);
    expect(await (await fetch(link)).text()).toBe('hello');
    expect((await fetch(link, { method: 'DELETE' })).ok).toBe(false);
    await rejectsWith(() => location.link('missing', 60), 'not_found');
    await rejectsWith(() => location.link('a folder', 60), 'invalid_location');
    await rejectsWith(() => location.link('a folder/ä #1.txt', -1), 'invalid_config');
  });

  test('details tell tier, lease and metadata', async () => {
    const location = await connect({ options: { tier: 'cool' } });
    await store(location, 'a.bin', pattern(10));
    const blob = container.getBlobClient('a.bin');
    await blob.setMetadata({ camera: 'two' });
    await blob.getBlobLeaseClient().acquireLease(-1);
    const details = await location.details('a.bin');
    expect(details).toContainEqual({ label: 'Tier', value: 'Cool' });
    expect(details).toContainEqual({ label: 'Lease', value: 'leased, infinite' });
    expect(details).toContainEqual({ label: 'Metadata camera (as given by the uploader)', value: 'two' });
  });

  test('a leased blob is not replaced, and the error says why', async () => {
    const location = await connect();
    await store(location, 'a.bin', pattern(10));
    await container.getBlobClient('a.bin').getBlobLeaseClient().acquireLease(-1);
    expect((await rejectsWith(() => store(location, 'a.bin', pattern(20)), 'permission_denied')).message).toContain('a lease (a lock)');
    const large = pattern(9 * MIB);
    expect((await rejectsWith(() => store(location, 'a.bin', large), 'permission_denied')).message).toContain('a lease (a lock)');
    expect(await contents(location, 'a.bin')).toEqual(pattern(10));
  });

  test('an archived blob says that it must be rehydrated; a save into the archive is known by what the service said', async () => {
    const location = await connect({ options: { tier: 'Archive' } });
    const { evidence } = await location.file('a.bin').save(sourceOf(pattern(10)), { size: 10 });
    expect(evidenceLevel(evidence)).toBe(2);
    const large = await location.file('large.bin').save(sourceOf(pattern(9 * MIB)), { size: 9 * MIB });
    expect(large.evidence.at(-1)).toMatchObject({ level: 1, parts: 5, note: expect.stringContaining('cannot give its files again') as string });
    expect((await rejectsWith(() => location.file('a.bin').open(), 'unsupported')).message).toContain('must be rehydrated');
    expect(await location.stat('a.bin')).toMatchObject({ readable: false, size: 10 });
    expect(await listed(location, '')).toMatchObject([{ name: 'a.bin', readable: false }, { name: 'large.bin', readable: false }]);
  });

  test('copies and moves stay inside the service and keep what belongs to a blob', async () => {
    const location = await connect();
    await container.getBlockBlobClient('a.bin').upload('some bytes', 10, { metadata: { camera: 'two' }, tier: 'Cool' });
    await location.file('copy.bin').copyFrom(location.file('a.bin'));
    expect((await container.getBlobClient('copy.bin').getProperties()).copySource).toContain('a.bin');
    await location.move('a.bin', 'deep/b.bin');
    expect(await container.getBlobClient('deep/b.bin').getProperties()).toMatchObject({ metadata: { camera: 'two' }, accessTier: 'Cool' });
  });

  test('a blob that cannot be deleted is not moved', async () => {
    const location = await connect();
    await store(location, 'a.bin', pattern(10));
    await container.getBlobClient('a.bin').getBlobLeaseClient().acquireLease(-1);
    await rejectsWith(() => location.move('a.bin', 'b.bin'), 'permission_denied');
    expect(await names()).toEqual(['a.bin']);
  });

  test('folders of other programs are folders: beginnings of names, empty blobs with a mark, names with a slash at the end', async () => {
    await container.getBlockBlobClient('plain/x').upload('', 0);
    await container.getBlockBlobClient('marked').upload('', 0, { metadata: { hdi_isfolder: 'true' } });
    await container.getBlockBlobClient('marked/y').upload('', 0);
    await container.getBlockBlobClient('marked-more').upload('', 0);
    await container.getBlockBlobClient('slash/').upload('', 0);
    const location = await connect();
    expect((await listed(location, '')).map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(['file marked-more', 'folder marked', 'folder plain', 'folder slash']);
    expect((await listed(location, 'slash')).length).toBe(0);
    for (const name of ['plain', 'marked', 'slash']) expect((await location.stat(name)).kind).toBe('folder');
    for (const name of ['plain', 'marked', 'slash']) await location.remove(name, { recursive: true });
    expect(await names()).toEqual(['marked-more']);
  });

  test('an upload that was given up leaves an old blob and the blocks of others as they are', async () => {
    const location = await connect();
    await store(location, 'old.bin', pattern(10));
    const { etag } = await container.getBlobClient('old.bin').getProperties();
    const foreign = container.getBlockBlobClient('theirs.bin');
    await foreign.stageBlock(Buffer.alloc(31).toString('base64'), 'some bytes', 10);
    for (const name of ['old.bin', 'theirs.bin']) {
      const abort = new AbortController();
      const saving = location.file(name).save(sourceOf(pattern(12 * MIB)), { size: 12 * MIB, signal: abort.signal, beforeCommit: () => Promise.resolve(abort.abort()) });
      await rejectsWith(() => saving, 'canceled');
    }
    expect((await container.getBlobClient('old.bin').getProperties()).etag).toBe(etag);
    expect((await foreign.getBlockList('uncommitted')).uncommittedBlocks).toContainEqual({ name: Buffer.alloc(31).toString('base64'), size: 10 });
    expect(await location.unfinished('')).toMatchObject([{ path: 'theirs.bin', size: 12 * MIB }]);
    await rejectsWith(async () => location.discard((await location.unfinished(''))[0] ?? expect.fail()), 'unsupported');
  });

  test('a blob that somebody replaced meanwhile is not deleted as a bad copy', async () => {
    const location = await connect();
    const file = await store(location, 'a.bin', pattern(10));
    await container.getBlockBlobClient('a.bin').upload('another', 7);
    expect((await rejectsWith(() => file.delete(), 'already_exists')).message).toContain('somebody replaced it');
    expect((await contents(location, 'a.bin')).toString()).toBe('another');
  });

  test('two large uploads to one name end in one of them, whole', async () => {
    const location = await connect();
    const candidates = [pattern(10 * MIB, 1), pattern(11 * MIB, 2)];
    const outcomes = await Promise.allSettled(candidates.map((bytes) => store(location, 'a.bin', bytes)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'unavailable', retryable: true });
    const found = await contents(location, 'a.bin');
    expect(candidates.some((bytes, at) => outcomes[at]?.status === 'fulfilled' && found.equals(bytes))).toBe(true);
  });

  test('errors are of the closed list', async () => {
    const location = await connect();
    const error = await location.file('missing').open().catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(StorageError);
    expect((error as StorageError).message).toBe(`Could not read ${azurite().endpoint}/${container.containerName}/missing: the service answered 404 BlobNotFound: The specified blob does not exist.`);
    expect((error as StorageError).cause).toBeUndefined();
  });
});
