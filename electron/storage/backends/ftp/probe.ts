import { randomBytes } from 'node:crypto';
import type { Checksums } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { hashStream } from '../../../integrity/hash.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { FtpClient } from './client.ts';
import { type DigestCommand, askDigest, digestCommands } from './digest.ts';
import type { Entry } from './entry.ts';
import { entriesOf } from './listing.ts';
import { NO_BACKSLASH, NO_SPACE_AT_THE_END, type NameRule, besidePath, isScratchName, newScratchName } from './names.ts';
import { isPositive } from './reply.ts';

/** What a server can do, found by trying it. */
export interface Findings {
  readonly list: boolean;
  /** REST and RETR give the right part */
  readonly rangeRead: boolean;
  /** RANG too, which needs no cut */
  readonly ranges: boolean;
  /** the digests that came out right, one command for each algorithm, best first */
  readonly digests: readonly DigestCommand[];
  /** null when nothing was stored; then the rest was not tried */
  readonly writing: WriteFindings | null;
  /** why nothing was stored, in a sentence; null when it was */
  readonly notTried: string | null;
}

export interface WriteFindings {
  /** how a file that was cut off goes on; null: it cannot */
  readonly resume: 'restart' | 'append' | null;
  /** RNTO puts a file in the place of another one; no: it refuses */
  readonly replaces: boolean;
  readonly makeDirectory: boolean;
  readonly modified: 'MFMT' | 'MDTM' | null;
  /** SITE CPFR and CPTO */
  readonly copies: boolean;
}

const SCRATCH_SIZE = 64;
/** The largest file that is read to try things with where nothing may be stored. */
const SAMPLE_SIZE = 1024 * 1024;
const HOUR = 60 * 60 * 1000;
/** A probe takes no day. Milliseconds. */
const OLD = 24 * HOUR;

/**
 * Tries everything on scratch files that are removed again, also after a cancel; nothing is written when `readOnly`.
 * @throws not_found when the location's folder is not there; canceled, unavailable
 */
export async function probeServer(client: FtpClient, { readOnly, signal }: OperationOptions & { readonly readOnly: boolean }): Promise<Findings> {
  client.ranges = false;
  const sample = await findSample(client, signal);
  const scratch = readOnly ? 'This location is set to read only.' : await storeScratch(client, signal);
  if (typeof scratch === 'string') {
    const read = sample.known === null ? NOTHING_READ : await tryReading(client, sample.known, signal);
    return { list: sample.list, ...read, writing: null, notTried: scratch };
  }
  try {
    const read = await tryReading(client, scratch, signal);
    const tried = await tryWriting(client, scratch, signal);
    return typeof tried === 'string' ? { list: sample.list, ...read, writing: null, notTried: tried } : { list: sample.list, ...read, writing: tried, notTried: null };
  } finally {
    await scratch.clear();
  }
}

interface Known {
  readonly path: string;
  readonly bytes: Buffer;
}

type ReadFindings = Pick<Findings, 'rangeRead' | 'ranges' | 'digests'>;
const NOTHING_READ: ReadFindings = { rangeRead: false, ranges: false, digests: [] };

/** Lists the folder, which finds out whether it is there, and whether some small file in it can serve. */
async function findSample(client: FtpClient, signal: AbortSignal | undefined): Promise<{ readonly list: boolean; readonly known: Known | null }> {
  let name: string | null = null;
  const left: Entry[] = [];
  try {
    for await (const entry of entriesOf(client, '', { signal })) {
      if (isScratchName(entry.name)) left.push(entry);
      else if (entry.kind === 'file' && entry.size !== null && entry.size > 2 && entry.size <= SAMPLE_SIZE) name ??= entry.name;
    }
  } catch (error) {
    if (!(error instanceof StorageError) || (error.code !== 'unsupported' && error.code !== 'permission_denied')) throw error;
    return { list: false, known: null };
  }
  if (!client.settings.readOnly) await removeOld(client, left, signal);
  if (name === null) return { list: true, known: null };
  const path = besidePath(client.naming, '', name);
  const bytes = await whole(client, path, signal).catch(noneUnlessGone);
  return { list: true, known: bytes === null || bytes.length < 3 ? null : { path, bytes } };
}

/** Scratch files of earlier probes that were killed in the middle. */
async function removeOld(client: FtpClient, left: readonly Entry[], signal: AbortSignal | undefined): Promise<void> {
  for (const { name } of left) {
    const path = besidePath(client.naming, '', name);
    const { modified } = (await client.look(path, { signal })) ?? { modified: null };
    if (modified !== null && Date.now() - Date.parse(modified) > OLD) await client.ask(`DELE ${path}`, { signal });
  }
}

async function tryReading(client: FtpClient, known: Known, signal: AbortSignal | undefined): Promise<ReadFindings> {
  const middle = Math.floor(known.bytes.length / 2);
  const part = async (start: number, end?: number): Promise<boolean> => {
    const found = await whole(client, known.path, signal, { start, ...(end !== undefined && { end }) }).catch(noneUnlessGone);
    return found?.equals(known.bytes.subarray(start, end === undefined ? undefined : end + 1)) ?? false;
  };
  const rangeRead = await part(middle);
  client.ranges = client.features.commands.has('RANG');
  client.ranges &&= await part(1, middle);
  return { rangeRead, ranges: client.ranges, digests: await rightDigests(client, known, signal) };
}

async function rightDigests(client: FtpClient, { path, bytes }: Known, signal: AbortSignal | undefined): Promise<readonly DigestCommand[]> {
  const offered = digestCommands(client.features);
  const { checksums }: { readonly checksums: Checksums } = await hashStream(pieces(bytes), offered.map(({ algorithm }) => algorithm));
  const right: DigestCommand[] = [];
  for (const command of offered) {
    if (right.some(({ algorithm }) => algorithm === command.algorithm)) continue;
    const answer = await client.use(signal, (connection) => askDigest(connection, command, path, { size: bytes.length, signal }));
    if (answer === checksums[command.algorithm]) right.push(command);
  }
  return right;
}

interface Scratch extends Known {
  /** a second name, which nothing lies under */
  readonly other: string;
  clear(): Promise<void>;
}

/** @returns why nothing can be stored, when it cannot */
async function storeScratch(client: FtpClient, signal: AbortSignal | undefined): Promise<Scratch | string> {
  const path = besidePath(client.naming, '', newScratchName());
  const other = `${path}-2`;
  const bytes = randomBytes(SCRATCH_SIZE);
  const clear = async (): Promise<void> => {
    for (const each of [path, other]) await client.ask(`DELE ${each}`).catch(() => undefined);
  };
  try {
    await put(client, path, bytes, { signal });
    const found = await whole(client, path, signal).catch(noneUnlessGone);
    if (found?.equals(bytes) === true) return { path, other, bytes, clear };
    await clear();
    return found === null ? 'A small file was stored, but it cannot be read.' : 'A small file was stored, but other bytes came back.';
  } catch (error) {
    await clear();
    if (!(error instanceof StorageError) || error.code === 'canceled' || error.code === 'unavailable' || error.code === 'untrusted_server') throw error;
    return error.message;
  }
}

async function tryWriting(client: FtpClient, scratch: Scratch, signal: AbortSignal | undefined): Promise<WriteFindings | string> {
  const { path, other } = scratch;
  const modified = await keepsTime(client, path, signal);
  const resume = await goesOn(client, scratch, signal);
  const copies = (await client.ask(`SITE CPFR ${path}`, { signal })).code === 350 && isPositive(await client.ask(`SITE CPTO ${other}`, { signal }));
  if (!copies) await put(client, other, randomBytes(8), { signal });
  const before = await whole(client, path, signal);
  const replaces = await renames(client, path, other, signal);
  if (!replaces) {
    await client.ask(`DELE ${other}`, { signal });
    if (!(await renames(client, path, other, signal))) return 'The server does not let files be renamed, so a file could not take its name only after it was proven.';
  }
  const moved = await whole(client, other, signal).catch(noneUnlessGone);
  if (moved?.equals(before) !== true) return 'The server says that it renamed a file, but other bytes lie under the new name.';
  if (!isPositive(await client.ask(`DELE ${other}`, { signal }))) return 'The server does not let files be deleted, so what turns out bad could not be taken away.';
  const makeDirectory = isPositive(await client.ask(`MKD ${other}`, { signal })) && isPositive(await client.ask(`RMD ${other}`, { signal }));
  client.naming.refused = await changedNames(client, path, signal);
  return { resume, replaces, makeDirectory, modified, copies };
}

/** Tries names that some servers change or refuse: Pure-FTPd makes an underscore of a space at the end. Leaves nothing under `path`. */
async function changedNames(client: FtpClient, path: string, signal: AbortSignal | undefined): Promise<readonly NameRule[]> {
  const refused: NameRule[] = [];
  for (const rule of [NO_BACKSLASH, NO_SPACE_AT_THE_END]) {
    const odd = `${path}${rule.try}`;
    await put(client, path, randomBytes(1), { signal });
    const renamed = await renames(client, path, odd, signal);
    const kept = renamed && (await client.look(path, { signal })) === null && isPositive(await client.ask(`DELE ${odd}`, { signal }));
    if (kept) continue;
    refused.push(rule);
    await removeStrays(client, path, signal);
  }
  return refused;
}

/** What lies under names that begin with that of a scratch file, whatever the server made of them. */
async function removeStrays(client: FtpClient, path: string, signal: AbortSignal | undefined): Promise<void> {
  const own = path.slice(path.lastIndexOf('/') + 1);
  const names: string[] = [];
  for await (const { name } of entriesOf(client, '', { signal })) if (name.startsWith(own)) names.push(name);
  for (const name of names) await client.ask(`DELE ${besidePath(client.naming, '', name)}`, { signal });
}

async function keepsTime(client: FtpClient, path: string, signal: AbortSignal | undefined): Promise<WriteFindings['modified']> {
  const command = client.features.commands.has('MFMT') ? 'MFMT' : 'MDTM';
  // Not so old that another probe takes the file for a forgotten one.
  const time = new Date(Math.floor(Date.now() / 1000) * 1000 - HOUR);
  if (!(await client.setModified(command, path, time, { signal }))) return null;
  return (await client.look(path, { signal }))?.modified === time.toISOString() ? command : null;
}

/** Some servers ignore REST before STOR and store the tail as if it were a whole file, so only the bytes tell. */
async function goesOn(client: FtpClient, { path, bytes }: Scratch, signal: AbortSignal | undefined): Promise<WriteFindings['resume']> {
  const tail = randomBytes(SCRATCH_SIZE / 4);
  const offset = SCRATCH_SIZE / 2;
  const expected = Buffer.concat([bytes.subarray(0, offset), tail]);
  for (const appends of [false, true]) {
    if (appends) await put(client, path, bytes.subarray(0, offset), { signal });
    const stored = await put(client, path, tail, { offset, appends, signal }).then(() => true, falseUnlessGone);
    const found = stored ? await whole(client, path, signal) : null;
    if (found?.subarray(0, expected.length).equals(expected) === true && (!appends || found.length === expected.length)) return appends ? 'append' : 'restart';
  }
  return null;
}

async function renames(client: FtpClient, from: string, to: string, signal: AbortSignal | undefined): Promise<boolean> {
  return client.use(signal, async (connection) => (await connection.ask(`RNFR ${from}`, { signal })).code === 350 && isPositive(await connection.ask(`RNTO ${to}`, { signal })));
}

async function put(client: FtpClient, path: string, bytes: Uint8Array, { offset = 0, appends = false, signal }: OperationOptions & { readonly offset?: number; readonly appends?: boolean }): Promise<void> {
  const writer = client.writer(path, { offset, appends, signal });
  await new Promise<void>((resolve, reject) => {
    writer.once('error', reject);
    writer.end(bytes, (error?: Error | null) => (error ? reject(error) : resolve()));
  });
}

async function whole(client: FtpClient, path: string, signal: AbortSignal | undefined, range: { readonly start?: number; readonly end?: number } = {}): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await client.read(path, { ...range, signal })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function noneUnlessGone(error: unknown): null {
  if (error instanceof StorageError && error.code !== 'canceled' && error.code !== 'unavailable' && error.code !== 'untrusted_server') return null;
  throw error;
}

function falseUnlessGone(error: unknown): false {
  noneUnlessGone(error);
  return false;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
