import type { RouteInput } from '../../shared/ipc/contract.ts';
import type { BatchPriority } from '../../shared/transfers/transfer.ts';
import type { LocalItem } from '../../shared/ipc/views.ts';
import { adoptFiles, errorRecord, request } from '../bridge.ts';
import { setAdding } from '../stores/drop-store.ts';
import { tell } from '../stores/messages-store.ts';
import { setDrawerOpen } from '../stores/panels-store.ts';
import type { Place } from '../stores/place.ts';
import { presentPlace } from '../stores/place-store.ts';
import { useTransfers } from '../stores/transfers-store.ts';
import { strings } from '../strings.ts';

/** What a person does with transfers. None of these throws: a failure becomes a message. */

/** Asks for files or folders of this computer and uploads them to the folder shown. */
export async function uploadPicked(kind: 'files' | 'folders', place: Place | null = presentPlace()): Promise<void> {
  if (place === null) return;
  await told(async () => uploadItems(await request('local.pick', { kind }), place));
}

/** Uploads what was dropped or pasted. Call it while the event is being handled: the files are read from it at once. */
export async function uploadFiles(files: readonly File[], place: Place): Promise<void> {
  if (files.length === 0) return;
  setAdding(files.length);
  await told(async () => uploadItems(await adoptFiles(files), place));
  setAdding(0);
}

export async function downloadPaths(locationId: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  await told(async () => {
    const [target] = await request('local.pick', { kind: 'target folder' });
    if (target === undefined) return;
    await request('transfers.download', { locationId, paths: [...paths], targetToken: target.token });
    setDrawerOpen(true);
  });
}

/** Holds back or goes on with one transfer, a batch, or everything. */
export async function setPaused(which: RouteInput<'transfers.pause'>, paused: boolean): Promise<void> {
  await told(() => request(paused ? 'transfers.pause' : 'transfers.resume', which));
}

export async function setPriority(batchId: string, priority: BatchPriority): Promise<void> {
  await told(() => request('transfers.setPriority', { batchId, priority }));
}

export async function clearFinished(includeFailed: boolean): Promise<void> {
  await told(() => request('transfers.clear', { includeFailed }));
}

export async function cancelTransfers(which: RouteInput<'transfers.cancel'>): Promise<void> {
  await told(() => request('transfers.cancel', which));
}

export async function retryTransfers(which: RouteInput<'transfers.retry'>): Promise<void> {
  await told(() => request('transfers.retry', which));
}

/** Retries what failed in every batch. */
export async function retryAllFailed(): Promise<void> {
  const batches = useTransfers.getState().overview?.batches ?? [];
  for (const { id, counts } of batches) if (counts.failed > 0) await retryTransfers({ batchId: id });
}

export async function exportReceipts(format: RouteInput<'receipts.export'>['format']): Promise<void> {
  await told(async () => {
    const name = await request('receipts.export', { format });
    if (name !== null) tell(strings.receipts.exported(name));
  });
}

async function uploadItems(items: readonly LocalItem[], place: Place): Promise<void> {
  if (items.length === 0) return;
  await request('transfers.upload', { tokens: items.map(({ token }) => token), locationId: place.locationId, path: place.path });
  setDrawerOpen(true);
}

async function told(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    tell(errorRecord(error));
  }
}
