import { randomUUID } from 'node:crypto';
import { type HashName, checksumHex, parseHashName } from '../../../shared/storage/checksum.ts';
import { checksumLine } from '../../transfers/export/sha256sums.ts';
import { type CommandContext, type CommandResult, openPlace } from '../command-context.ts';
import { forEach } from '../exit-code.ts';

/** A line as coreutils prints it, to be checked with `sha256sum -c` and friends; who computed it goes to stderr. */
export function printChecksum(context: CommandContext, texts: readonly string[], options: { readonly algorithm: string; readonly readBack?: boolean }): CommandResult {
  const algorithm = parseHashName(options.algorithm);
  return forEach(texts, (text) => printOne(context, text, algorithm, options.readBack === true), (error) => context.output.error(error));
}

async function printOne(context: CommandContext, text: string, algorithm: HashName, wantsReadBack: boolean): Promise<void> {
  const { config, storage, path } = await openPlace(context, text);
  const readBack = wantsReadBack || !storage.capabilities.serverDigest.includes(algorithm);
  const { checksum, evidence } = await context.app.jobs.run(randomUUID(), (job) => {
    const signal = AbortSignal.any([job.signal, context.signal]);
    return context.app.checks.checksum({ locationId: config.id, path }, algorithm, readBack, { ...job, signal });
  });
  context.output.note(`${algorithm} of ${text}: ${evidence.by === 'server' ? 'computed by the storage' : 'read back and computed here'}`);
  const { integrity } = await context.app.listings.stat(config.id, path);
  if (integrity.kind === 'changed') context.output.note(`${text} was changed since it was proven (${integrity.since}): this digest is of what lies there now.`);
  context.output.exact({ type: 'checksum', path, checksum, evidence }, checksumLine(checksumHex(checksum), path).trimEnd());
}
