import type { CommandContext, CommandResult } from '../command-context.ts';
import { EXIT, type ExitCode, worst } from '../exit-code.ts';
import { finishedBatch, transferRecord, transferText } from './transfer.ts';

const PAGE = 500;

/** The journal, newest first. */
export async function listTransfers({ app, output }: CommandContext): CommandResult {
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await app.queue.list({ offset, limit: PAGE });
    for (const transfer of rows) output.row(transferRecord(app, transfer), transferText(app, transfer));
    if (rows.length < PAGE) return EXIT.proven;
  }
}

/** Goes on with what a process that died left in the journal, and waits for its end. */
export async function resumeTransfers(context: CommandContext): CommandResult {
  const { app, output, signal } = context;
  await app.queue.takeOver();
  const codes: ExitCode[] = [];
  for (const { id, counts, discovering } of (await app.queue.overview()).batches) {
    if (!discovering && counts.queued + counts.transferring + counts.verifying === 0) continue;
    codes.push(await finishedBatch(context, id));
    if (signal.aborted) break;
  }
  if (codes.length === 0) output.note('Nothing was left to go on with.');
  return worst(codes);
}
