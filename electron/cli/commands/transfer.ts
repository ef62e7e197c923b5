import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { checksumHex, parseHashName } from '../../../shared/storage/checksum.ts';
import { StorageError } from '../../../shared/storage/errors.ts';
import { EVIDENCE_WORDS, type ProofPolicy, evidenceLevel } from '../../../shared/storage/evidence.ts';
import { baseName } from '../../../shared/storage/path.ts';
import type { BatchSummary, ConflictPolicy, Endpoint, Transfer } from '../../../shared/transfers/transfer.ts';
import type { App } from '../../app.ts';
import { type CommandContext, type CommandResult, type OpenPlace, openPlace } from '../command-context.ts';
import { EXIT, type ExitCode, exitCodeOf, worst } from '../exit-code.ts';
import type { Limits } from '../../transfers/bandwidth.ts';
import { Failures } from '../failures.ts';
import { parseBytes } from '../parse-bytes.ts';
import { ProgressLine } from '../progress-line.ts';
import { requireOutside } from '../../locations/outside.ts';
import { makeFolders } from '../../storage/make-folders.ts';

export interface TransferOptions {
  readonly level?: string;
  readonly transfers?: string;
  readonly conflict: string;
  readonly limit?: string;
  readonly algorithm?: string;
  readonly sizeLimit?: string;
  readonly receipts?: string;
}

const CONFLICTS = ['fail', 'skip', 'overwrite', 'rename'] as const satisfies readonly ConflictPolicy[];
const PAGE = 500;
/** Bytes a second; with less, servers take a connection for dead. */
const LEAST_RATE = 10_000;

export async function upload(context: CommandContext, words: readonly string[], options: TransferOptions): CommandResult {
  const { from: sources, to: target } = parseEnds(words, 'upload SOURCE... NAME:/folder/');
  context.app.queue.prepare();
  const { config, path } = await openPlace(context, target);
  const asked = parseTransferOptions(options, config.proof);
  const paths = sources.map((source) => resolve(context.workingFolder, source));
  await requireOutside(config, path, paths);
  return finishBatch(context, options, asked, () => context.app.queue.upload({ paths, locationId: config.id, folder: path, ...asked }));
}

export interface DownloadOptions extends TransferOptions {
  readonly versionId?: string;
}

export async function download(context: CommandContext, words: readonly string[], options: DownloadOptions): CommandResult {
  const { from: places, to: target } = parseEnds(words, 'download NAME:/path... FOLDER');
  context.app.queue.prepare();
  const opened = await Promise.all(places.map((place) => openPlace(context, place)));
  const [first] = opened;
  if (first === undefined || opened.some(({ config }) => config.id !== first.config.id)) throw new StorageError('invalid_config', 'One download takes from one location: run the command once for each.');
  const asked = parseTransferOptions(options, first.config.proof);
  const targetFolder = resolve(context.workingFolder, target);
  await makeFolders(targetFolder);
  if (options.versionId !== undefined) return downloadVersion(context, opened, options.versionId, { targetFolder, overwrite: asked.conflict === 'overwrite', minimum: asked.options.proof.minimum });
  return finishBatch(context, options, asked, () => context.app.queue.download({ locationId: first.config.id, paths: opened.map(({ path }) => path), targetFolder, ...asked }));
}

/** One earlier version of one file, under the file's name. It is no transfer of the queue, so it leaves no receipt. */
async function downloadVersion(context: CommandContext, opened: readonly OpenPlace[], versionId: string, { targetFolder, overwrite, minimum }: { readonly targetFolder: string; readonly overwrite: boolean; readonly minimum: number }): CommandResult {
  const [one, ...others] = opened;
  if (one === undefined || others.length > 0) throw new StorageError('invalid_config', '--version-id is for one file: name one place.');
  const { app, output, signal } = context;
  const { config, path } = one;
  const saved = await app.jobs.run(randomUUID(), (job) =>
    app.versions.save({ locationId: config.id, path }, versionId, join(targetFolder, baseName(path)), { overwrite, job: { ...job, signal: AbortSignal.any([job.signal, signal]) } }),
  );
  const level = evidenceLevel(saved.evidence);
  output.row({ type: 'saved version', path, versionId, ...saved }, `${level === null ? 'no evidence' : EVIDENCE_WORDS[level]}  ${checksumHex(saved.checksum)}  ${saved.name}`);
  return (level ?? -1) >= minimum ? EXIT.proven : EXIT.levelNotReached;
}

function parseEnds(words: readonly string[], usage: string): { readonly from: readonly string[]; readonly to: string } {
  const to = words.at(-1);
  if (to === undefined || words.length < 2) throw new StorageError('invalid_config', `The destination is missing: expected ${usage}.`);
  return { from: words.slice(0, -1), to };
}

type Asked = ReturnType<typeof parseTransferOptions>;

function parseTransferOptions(options: TransferOptions, standard: ProofPolicy) {
  const conflict = CONFLICTS.find((known) => known === options.conflict);
  if (conflict === undefined) throw new StorageError('invalid_config', `--conflict ${JSON.stringify(options.conflict)} is not known. Known: ${CONFLICTS.join(', ')}.`);
  const proof = options.level === undefined ? standard : parseLevel(options.level, standard);
  return {
    conflict,
    options: {
      proof,
      ...(options.algorithm !== undefined && { algorithms: [parseHashName(options.algorithm)] }),
      ...(options.sizeLimit !== undefined && { sizeLimit: { bytes: parseBytes(options.sizeLimit, '--size-limit') } }),
    },
  };
}

function parseLevel(text: string, standard: ProofPolicy): ProofPolicy {
  switch (text) {
    case '0':
      return { minimum: 0, readBack: 'never' };
    case '1':
      return { ...standard, minimum: 1 };
    case '2':
      return { ...standard, minimum: 2 };
    case '3':
      return { minimum: 3, readBack: 'always' };
    default:
      throw new StorageError('invalid_config', `--level ${JSON.stringify(text)} is not known: expected 0 (size only), 1 (checked in transit), 2 (server digest) or 3 (read back).`);
  }
}

async function finishBatch(context: CommandContext, options: TransferOptions, asked: Asked, begin: () => Promise<string>): CommandResult {
  const { app, output, workingFolder } = context;
  if (options.receipts !== undefined) await requireNew(resolve(workingFolder, options.receipts));
  if (options.transfers !== undefined) app.queue.setConcurrency(parseConcurrency(options.transfers));
  if (options.limit !== undefined) app.bandwidth.set(parseLimit(options.limit));
  const progress = new ProgressLine(process.stderr, !output.json);
  const batchId = await begin();
  const unsubscribe = app.queue.onChange((overview) => progress.show(overview, batchId));
  const code = await finishedBatch(context, batchId, { minimum: asked.options.proof.minimum, ended: () => {
    unsubscribe();
    progress.end();
  } });
  if (options.receipts !== undefined) await writeReceipts(app, batchId, resolve(workingFolder, options.receipts));
  return code;
}

/** Waits for the end of a batch and prints its rows; Ctrl+C holds it back and says how to go on. `minimum`: level that a file must reach, default any. */
export async function finishedBatch({ app, output, signal }: CommandContext, batchId: string, { minimum = 0, ended }: { readonly minimum?: number; readonly ended?: () => void } = {}): CommandResult {
  const counts = await endOrStop(app, batchId, signal);
  ended?.();
  if (counts === null) return heldBack({ app, output }, batchId);

  const codes: ExitCode[] = [];
  const failures = new Failures();
  let skipped = 0;
  let bytes = 0;
  for await (const transfer of transfersOf(app, batchId)) {
    output.row(transferRecord(app, transfer), transferText(app, transfer));
    if (transfer.status.state === 'done' && transfer.status.outcome === 'skipped') skipped++;
    else if (transfer.status.state === 'done') bytes += transfer.size ?? 0;
    else if (transfer.status.state === 'failed') failures.add(transfer.status.error);
    codes.push(codeOf(transfer, minimum));
  }
  output.row({ type: 'summary', batchId, counts, skipped, bytes }, `${counts.done - skipped} stored, ${skipped} not sent, ${counts.failed} failed, ${counts.canceled} canceled, ${bytes} bytes`);
  failures.tell(output);
  return worst(codes);
}

/** Both ways: what is read back counts as what is fetched. */
function parseLimit(text: string): Limits {
  const rate = parseBytes(text.replace(/\/s(ec)?$/i, ''), '--limit');
  if (rate < LEAST_RATE) throw new StorageError('invalid_config', `--limit ${JSON.stringify(text)} is too low: expected ${LEAST_RATE} bytes a second or more, e.g. 500kB or 2MiB.`);
  return { up: rate, down: rate };
}

/** @returns null when somebody stopped the command first */
async function endOrStop(app: App, batchId: string, signal: AbortSignal): Promise<BatchSummary['counts'] | null> {
  const stopped = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  const finished = app.queue.whenFinished(batchId);
  // Held back, it does not end any more, and the queue says so when it is closed.
  finished.catch(() => undefined);
  return Promise.race([finished.then(({ counts }) => counts), stopped]);
}

async function heldBack({ app, output }: Pick<CommandContext, 'app' | 'output'>, batchId: string): CommandResult {
  await app.queue.pause({ batchId });
  const counts = (await app.queue.batches()).find(({ id }) => id === batchId)?.counts;
  output.row({ type: 'summary', batchId, counts, paused: true }, `${counts?.done ?? 0} done, ${counts?.queued ?? 0} left`);
  output.note(`Paused. Go on with: holdfast transfers resume ${batchId}`);
  return EXIT.failed;
}

function parseConcurrency(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 64) throw new StorageError('invalid_config', `--transfers ${JSON.stringify(text)} is not possible: expected a whole number from 1 to 64.`);
  return number;
}

async function* transfersOf(app: App, batchId: string): AsyncGenerator<Transfer> {
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await app.queue.list({ offset, limit: PAGE, batchId });
    yield* rows;
    if (rows.length < PAGE) return;
  }
}

/** A file that was skipped was not looked at, so nothing is proven of it; a folder that was made needs no proof. */
function codeOf({ status, size }: Transfer, minimum: number): ExitCode {
  if (status.state === 'failed') return exitCodeOf(status.error.code) === EXIT.mismatch ? EXIT.mismatch : EXIT.failed;
  if (status.state !== 'done') return EXIT.failed;
  if (status.outcome === 'skipped') return size === null ? EXIT.proven : EXIT.levelNotReached;
  return (evidenceLevel(status.evidence) ?? -1) >= minimum ? EXIT.proven : EXIT.levelNotReached;
}

export function transferRecord(app: App, { id, batchId, direction, source, destination, size, status }: Transfer): Readonly<Record<string, unknown>> {
  const stored = status.state === 'done' && status.outcome === 'stored' ? { checksums: status.checksums, evidence: status.evidence } : { checksums: {}, evidence: [] };
  const error = status.state === 'failed' ? { error: { code: status.error.code, message: status.error.message } } : {};
  const skipped = status.state === 'done' && status.outcome === 'skipped' ? { skipped: status.reason } : {};
  return { type: 'transfer', id, batchId, direction, source: endpointText(app, source), destination: endpointText(app, destination), size, state: status.state, ...stored, ...skipped, ...error };
}

export function transferText(app: App, { status, destination }: Transfer): string {
  const name = endpointText(app, destination);
  if (status.state === 'failed') return `failed  ${name}: ${status.error.message}`;
  if (status.state !== 'done') return `${status.state}  ${name}`;
  if (status.outcome === 'skipped') return `nothing sent  ${name}: ${status.reason}`;
  const level = evidenceLevel(status.evidence);
  return `${level === null ? 'no evidence' : EVIDENCE_WORDS[level]}  ${status.checksums.sha256 ?? ''}  ${name}`;
}

/** As it can be written on the command line again; the id stands for a location that is not there any more. */
function endpointText({ locations }: App, endpoint: Endpoint): string {
  if (endpoint.kind === 'local') return endpoint.path;
  const name = locations.configs().find(({ id }) => id === endpoint.locationId)?.name ?? endpoint.locationId;
  return `${name}:/${endpoint.path}`;
}

/** Said before anything is sent, not after. */
async function requireNew(path: string): Promise<void> {
  const taken = await lstat(path).then(() => true, () => false);
  if (taken) throw new StorageError('invalid_config', `${path} exists already: --receipts names a new file.`);
}

/** The receipts of this batch, as JSON lines in a new file. */
async function writeReceipts(app: App, batchId: string, path: string): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    for await (const { status } of transfersOf(app, batchId)) {
      if (status.state !== 'done' || status.outcome !== 'stored') continue;
      const receipt = await app.database.receipts.get(status.receiptId);
      if (receipt !== null) yield `${JSON.stringify(receipt)}\n`;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path, { flags: 'wx', flush: true }));
}
