import type { CommandContext, CommandResult } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { transferRecord, transferText } from './transfer.ts';

const PAGE = 500;

/** The journal, newest first. */
export async function listTransfers({ app, output }: CommandContext): CommandResult {
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await app.queue.list({ offset, limit: PAGE });
    for (const transfer of rows) output.row(transferRecord(app, transfer), transferText(app, transfer));
    if (rows.length < PAGE) return EXIT.proven;
  }
}
