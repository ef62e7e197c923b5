import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { blockId, readBlockId } from './block-id.ts';
import { type AzureClient, stoppedBy, withTransitMd5 } from './client.ts';
import { refusalOf } from './errors.ts';
import { type Findings, NOTHING_WRITTEN } from './findings.ts';

/**
 * Tries the container: lists it, and stores, asks about and deletes a blob of a few bytes under a name of its own. A deletion is tried
 * first on a name that is not there, so where none is allowed nothing but a block is left that is never committed and that nobody sees.
 * @param readOnly nothing is written
 * @throws StorageError authentication_failed, permission_denied (it refuses everything), not_found (no such container), untrusted_server, unavailable, canceled
 */
export async function probeContainer(client: AzureClient, { readOnly, signal }: OperationOptions & { readonly readOnly: boolean }): Promise<Findings> {
  const listing = await tryListing(client, signal);
  const readSide = { list: listing.refused === null, versions: listing.versions, rangeRead: await readsRange(client, listing.sample, signal) };
  if (readOnly) return { ...readSide, ...NOTHING_WRITTEN, notTried: 'the location is set to read only' };
  const scratch = `.holdfast-probe-${randomUUID()}`;
  const deleting = (await keepsEverything(client, signal)) ?? (await tryDeleting(client, scratch, signal));
  const versions: string[] = [];
  let storing: Awaited<ReturnType<typeof tryBlock>> | null = null;
  try {
    storing = await tryBlock(client, scratch, signal);
    throwIfCanceled(signal);
    if (storing.refused !== null) {
      if (listing.refused !== null) throw storing.refused;
      return { ...readSide, ...NOTHING_WRITTEN, notTried: storing.refused.message };
    }
    const blocks = { checksBlocks: storing.checked, mismatchCode: storing.code, listsBlocks: await listsBlocks(client, scratch, signal) };
    if (deleting !== null) return { ...readSide, ...NOTHING_WRITTEN, ...blocks, rangeRead: true, write: true, notTried: `what can be stored cannot be deleted again: ${deleting.message}` };
    return { ...readSide, write: true, delete: true, ...blocks, ...(await tryBlob(client, scratch, versions, signal)), notTried: null };
  } finally {
    // Also after a cancel, and so that no block is left either.
    if (deleting === null && (storing?.refused ?? null) === null) await removeScratch(client, scratch, versions);
  }
}

/** Reading without a list: a name that is not there must be answered with 404. */
async function tryListing(client: AzureClient, signal: AbortSignal | undefined): Promise<{ readonly refused: StorageError | null; readonly versions: boolean; readonly sample: string | null }> {
  const { container, address } = client;
  const page = async (includeVersions: boolean): Promise<string | null> => {
    const pages = container.listBlobsFlat({ prefix: client.prefix(''), ...stoppedBy(signal), includeSnapshots: includeVersions, includeVersions }).byPage({ maxPageSize: 10 });
    for await (const { segment } of pages) return segment.blobItems.find(({ properties }) => (properties.contentLength ?? 0) > 2 && properties.accessTier !== 'Archive')?.name ?? null;
    return null;
  };
  try {
    const sample = await client.ask(`list ${address.root}`, address.root, () => page(false), signal);
    const versions = await client.ask(`list the versions in ${address.root}`, address.root, () => page(true), signal).then(() => true, ignoreRefusal);
    return { refused: null, versions: versions === true, sample };
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'permission_denied') throw explained(error, client);
    const missing = client.container.getBlobClient(client.prefix('') + randomUUID());
    await client.ask(`look into ${address.root}`, address.root, () => missing.getProperties(stoppedBy(signal)), signal).catch((failure: unknown) => {
      if (failure instanceof StorageError && (failure.code === 'not_found' || failure.code === 'permission_denied')) return;
      throw failure;
    });
    return { refused: error, versions: false, sample: null };
  }
}

function explained(error: unknown, { address }: AzureClient): unknown {
  if (!(error instanceof StorageError) || error.code !== 'unavailable' || error.context['system'] !== 'ENOTFOUND') return error;
  return new StorageError('unavailable', `${error.message} Is the name of the account right in ${address.endpoint}?`, { context: error.context });
}

async function readsRange(client: AzureClient, name: string | null, signal: AbortSignal | undefined): Promise<boolean> {
  if (name === null) return true;
  const { root } = client.address;
  const bytes = await client.ask(`read a part of a blob in ${root}`, root, () => client.container.getBlobClient(name).downloadToBuffer(1, 2, stoppedBy(signal)), signal).catch(ignoreRefusal);
  return bytes instanceof Buffer && bytes.length === 2;
}

/** A policy that keeps everything would keep the blob of the probe too. @returns null when there is none, or when this cannot be asked */
async function keepsEverything(client: AzureClient, signal: AbortSignal | undefined): Promise<StorageError | null> {
  const { root } = client.address;
  const found = await client.ask(`look at ${root}`, root, () => client.container.getProperties(stoppedBy(signal)), signal).catch(ignoreRefusal);
  if (found === false || (found.hasImmutabilityPolicy !== true && found.hasLegalHold !== true)) return null;
  return new StorageError('permission_denied', 'a retention policy or a legal hold keeps all blobs of the container.', { context: { uri: root } });
}

/** @returns null when blobs can be deleted, else what the service said */
async function tryDeleting(client: AzureClient, scratch: string, signal: AbortSignal | undefined): Promise<StorageError | null> {
  const uri = client.uri(scratch);
  try {
    await client.ask(`delete ${uri}`, uri, () => client.blob(scratch).delete(stoppedBy(signal)), signal);
    return null;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    if (error.code === 'not_found' && error.context['azureCode'] !== 'ContainerNotFound') return null;
    if (error.code === 'permission_denied') return error;
    throw error;
  }
}

/** A block with a wrong MD5: must be refused with 400. An error that says more is the reason why nothing can be stored. */
async function tryBlock(client: AzureClient, scratch: string, signal: AbortSignal | undefined): Promise<{ readonly refused: StorageError | null; readonly checked: boolean; readonly code: string | null }> {
  const bytes = randomBytes(32);
  const uri = client.uri(scratch);
  const stage = async (md5: Buffer): Promise<string | null> => {
    try {
      // Without the signal: a block that was cut could come to be after it was dropped. The same below.
      await client.blob(scratch).stageBlock(blockId({ upload: '0'.repeat(16), index: 0, md5: md5.toString('hex') }), bytes, bytes.length, { transactionalContentMD5: md5 });
      return null;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal?.status === 400) return refusal.code;
      throw error;
    }
  };
  try {
    const code = await client.ask(`store in ${uri}`, uri, () => stage(createHash('md5').update('another').digest()), signal);
    const right = await client.ask(`store in ${uri}`, uri, () => stage(createHash('md5').update(bytes).digest()), signal);
    return { refused: null, checked: code !== null && right === null, code };
  } catch (error) {
    if (error instanceof StorageError && error.code === 'permission_denied') return { refused: error, checked: false, code: null };
    throw error;
  }
}

async function listsBlocks(client: AzureClient, scratch: string, signal: AbortSignal | undefined): Promise<boolean> {
  const uri = client.uri(scratch);
  const list = await client.ask(`list the blocks of ${uri}`, uri, () => client.blob(scratch).getBlockList('uncommitted', stoppedBy(signal)), signal).catch(ignoreRefusal);
  return typeof list === 'object' && (list.uncommittedBlocks ?? []).some(({ name, size }) => readBlockId(name) !== null && size === 32);
}

type BlobFindings = Pick<Findings, 'rangeRead' | 'noOverwrite' | 'checksWhole' | 'computesMd5' | 'versioning'>;

async function tryBlob(client: AzureClient, scratch: string, versions: string[], signal: AbortSignal | undefined): Promise<BlobFindings> {
  const uri = client.uri(scratch);
  const bytes = randomBytes(32);
  const md5 = createHash('md5').update(bytes).digest();
  const put = async (body: Uint8Array, ifNoneMatch?: string) => {
    const answer = await client.ask(`store ${uri}`, uri, () => client.blob(scratch).upload(body, body.length, { ...(ifNoneMatch !== undefined && { conditions: { ifNoneMatch } }) }));
    if (answer.versionId !== undefined) versions.push(answer.versionId);
    return answer;
  };
  const refuses = async (request: Promise<unknown>, statuses: readonly number[]): Promise<boolean> => {
    const outcome = await request.then(() => null, (error: unknown) => error);
    if (outcome === null) return false;
    if (outcome instanceof StorageError && statuses.includes(Number(outcome.context['status']))) return true;
    throw outcome as Error;
  };
  const checksWhole = await refuses(put(withTransitMd5(Buffer.from(bytes), createHash('md5').update('another').digest())), [400]);
  throwIfCanceled(signal);
  const { contentMD5 } = await put(bytes);
  throwIfCanceled(signal);
  const noOverwrite = await refuses(put(randomBytes(8), '*'), [409, 412]);
  throwIfCanceled(signal);
  const found = await client.ask(`read ${uri}`, uri, () => client.blob(scratch).downloadToBuffer(8, 8, stoppedBy(signal)), signal).catch(ignoreRefusal);
  return {
    checksWhole,
    computesMd5: contentMD5 !== undefined && Buffer.from(contentMD5).equals(md5),
    versioning: versions.length > 0,
    noOverwrite,
    rangeRead: noOverwrite ? found instanceof Buffer && found.equals(bytes.subarray(8, 16)) : found instanceof Buffer && found.length <= 8,
  };
}

async function removeScratch(client: AzureClient, scratch: string, versions: readonly string[]): Promise<void> {
  const blob = client.blob(scratch);
  // Only where no blob came of it are there blocks left to drop.
  const committed = await blob.commitBlockList([], { conditions: { ifNoneMatch: '*' } }).catch(() => null);
  await blob.delete().catch(() => undefined);
  for (const version of [...versions, ...(committed?.versionId === undefined ? [] : [committed.versionId])]) await blob.withVersion(version).delete().catch(() => undefined);
}

/** @returns false for a refusal, which is an answer; other failures are none */
function ignoreRefusal(error: unknown): false {
  if (error instanceof StorageError && error.context['status'] !== undefined && error.code !== 'unavailable' && error.code !== 'rate_limited') return false;
  throw error as Error;
}
