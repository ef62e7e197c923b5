import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StorageError } from '../../../shared/storage/errors.ts';
import { evidenceLevel, EVIDENCE_WORDS } from '../../../shared/storage/evidence.ts';
import { exportReceipts } from '../../transfers/export/export-receipts.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';

const FORMATS = ['json', 'sha256sums'] as const;

export interface ReceiptsOptions {
  readonly export?: string;
  readonly out?: string;
}

/** What was proven: a row each, or exported to a new file (or to stdout). */
export async function listReceipts({ app, output, workingFolder }: CommandContext, options: ReceiptsOptions): CommandResult {
  if (options.export === undefined) {
    for await (const page of app.database.receipts.all()) {
      for (const receipt of page) {
        const level = evidenceLevel(receipt.evidence);
        output.row({ type: 'receipt', ...receipt }, `${receipt.finishedAt}  ${level === null ? 'no evidence' : EVIDENCE_WORDS[level]}  ${receipt.checksums.sha256 ?? ''}  ${receipt.destination.uri}`);
      }
    }
    return EXIT.proven;
  }
  const format = FORMATS.find((known) => known === options.export);
  if (format === undefined) throw new StorageError('invalid_config', `Unknown format ${JSON.stringify(options.export)}. Known: ${FORMATS.join(', ')}.`);
  const lines = exportReceipts(format, app.database.receipts);
  if (options.out === undefined) await pipeline(Readable.from(lines), process.stdout, { end: false }).catch(ignoreReaderGone);
  else {
    const path = resolve(workingFolder, options.out);
    await pipeline(Readable.from(lines), createWriteStream(path, { flags: 'wx', flush: true })).catch((error: unknown) => rethrowTaken(error, path));
    output.note(`Receipts written to ${path}`);
  }
  return EXIT.proven;
}

function rethrowTaken(error: unknown, path: string): never {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new StorageError('invalid_config', `${path} exists already: --out names a new file.`, { cause: error });
  throw error;
}

/** `| head` has what it wanted. */
function ignoreReaderGone(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
}
