import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchSummary } from '../../../shared/transfers/transfer.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import { EXIT, type ExitCode, worst } from '../exit-code.ts';
import { finishedBatch, transferRecord, transferText } from './transfer.ts';

const PAGE = 500;
/** How often the journal is looked at while it is watched, in milliseconds. */
const LOOK_EVERY = 500;

/** The journal, oldest first. */
export async function listTransfers({ app, output }: CommandContext): CommandResult {
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await app.queue.list({ offset, limit: PAGE });
    for (const transfer of rows) output.row(transferRecord(app, transfer), transferText(app, transfer));
    if (rows.length < PAGE) return EXIT.proven;
  }
}

/** Goes on with what was held back or left by a process that died, all of it or one batch, and waits for its end. */
export async function resumeTransfers(context: CommandContext, only: string | undefined): CommandResult {
  const { app, output, signal } = context;
  // What another process works on, such as the window, is left to it.
  const own = new Set(await app.queue.adopt(only));
  const codes: ExitCode[] = [];
  for (const batch of await app.queue.batches()) {
    if (!own.has(batch.id) || !isLeft(batch)) continue;
    await app.queue.resume({ batchId: batch.id });
    codes.push(await finishedBatch(context, batch.id));
    if (signal.aborted) break;
  }
  if (codes.length === 0) output.note(only === undefined ? 'Nothing was left to go on with.' : `There is nothing to go on with in a batch ${JSON.stringify(only)}: see holdfast transfers list.`);
  return codes.length === 0 && only !== undefined ? EXIT.usage : worst(codes);
}

/** Cancels batches that no other process works on, and removes what they left at their destinations. */
export async function cancelTransfers({ app, output }: CommandContext, ids: readonly string[]): CommandResult {
  for (const batchId of ids) {
    await app.queue.adopt(batchId);
    await app.queue.cancel({ batchId });
    const counts = (await app.queue.batches()).find(({ id }) => id === batchId)?.counts;
    output.row({ type: 'summary', batchId, counts }, `${batchId}: ${counts?.done ?? 0} done, ${counts?.canceled ?? 0} canceled`);
  }
  return EXIT.proven;
}

/** Tells how far every open batch is, whichever process works on it, until all have ended or wait for somebody. */
export async function watchTransfers({ app, output, signal }: CommandContext): CommandResult {
  const told = new Map<string, string>();
  let open = new Set<string>();
  while (!signal.aborted) {
    const batches = await app.queue.batches();
    for (const batch of batches) {
      const { id, title, counts, bytesDone, bytesTotal, discovering, paused } = batch;
      if (!isMoving(batch) && !open.has(id)) continue;
      const record = { type: 'batch', batchId: id, title, counts, bytesDone, bytesTotal, discovering, paused };
      const text = JSON.stringify(record);
      if (told.get(id) === text) continue;
      told.set(id, text);
      output.row(record, `${title}: ${counts.done} done, ${counts.transferring} active, ${counts.queued} queued, ${counts.failed} failed, ${counts.paused} waiting; ${bytesDone} of ${bytesTotal} bytes${discovering ? ', still looking for files' : ''}`);
    }
    open = new Set(batches.filter(isMoving).map(({ id }) => id));
    if (open.size === 0) {
      if (told.size === 0) output.note('Nothing is under way.');
      return EXIT.proven;
    }
    await sleep(LOOK_EVERY, undefined, { signal }).catch(() => undefined);
  }
  return EXIT.proven;
}

function isLeft({ discovering, counts }: BatchSummary): boolean {
  return discovering || counts.queued + counts.transferring + counts.verifying > 0;
}

function isMoving(batch: BatchSummary): boolean {
  return !batch.paused && isLeft(batch);
}
