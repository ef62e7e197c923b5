import { setTimeout as sleep } from 'node:timers/promises';
import type { BlobClient } from '@azure/storage-blob';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { LocationPath } from '../../../../shared/storage/path.ts';
import { type AzureClient, stoppedBy } from './client.ts';

export interface CopyOptions {
  readonly overwrite: boolean;
  /** what the source must still be */
  readonly sourceEtag?: string | undefined;
  readonly tier?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Time between two looks at a copy that takes longer, in milliseconds. */
const LOOK_EVERY = 500;

/** A copy inside the account, waited for. A canceled one leaves nothing where nothing was. @throws not_found, already_exists unless `overwrite` */
export async function copyBlob(client: AzureClient, source: BlobClient, path: LocationPath, { overwrite, sourceEtag, tier, signal }: CopyOptions): Promise<void> {
  const uri = client.uri(path);
  const target = client.blob(path);
  let begun = false;
  const copy = async (): Promise<void> => {
    const poller = await target.beginCopyFromURL(source.url, {
      ...stoppedBy(signal),
      ...(!overwrite && { conditions: { ifNoneMatch: '*' } }),
      ...(sourceEtag !== undefined && { sourceConditions: { ifMatch: sourceEtag } }),
      ...(tier !== undefined && { tier }),
    });
    begun = true;
    for (let status: string = poller.getResult()?.copyStatus ?? 'pending'; status !== 'success'; ) {
      if (status !== 'pending') throw new StorageError('unavailable', `The service did not finish the copy to ${uri}: ${status}.`, { context: { uri } });
      await sleep(LOOK_EVERY, undefined, { ...(signal !== undefined && { signal }) });
      status = (await target.getProperties(stoppedBy(signal))).copyStatus ?? 'lost';
    }
  };
  try {
    await client.ask(`copy to ${uri}`, uri, copy, signal);
  } catch (error) {
    if (begun && signal?.aborted) await endCopy(target, overwrite).catch(() => undefined);
    throw error;
  }
}

/** A copy that was ended leaves an empty blob. */
async function endCopy(target: BlobClient, overwrite: boolean): Promise<void> {
  const { copyId, copyStatus: before } = await target.getProperties();
  if (copyId === undefined || before !== 'pending') return;
  await target.abortCopyFromURL(copyId);
  const { copyId: last, copyStatus, etag } = await target.getProperties();
  if (!overwrite && last === copyId && copyStatus === 'aborted') await target.delete({ conditions: { ...(etag !== undefined && { ifMatch: etag }) } });
}
