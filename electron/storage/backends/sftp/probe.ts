import { randomBytes, randomUUID } from 'node:crypto';
import { type Checksums } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { MultiHash } from '../../../integrity/hash.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { Connection } from './dialer.ts';
import { type DigestFindings, NO_DIGESTS } from './digest/server-digests.ts';
import { RemoteShell } from './digest/remote-shell.ts';
import { SHELL_ALGORITHMS, prefixScript, probeScript, readDigest, readProbe } from './digest/tools.ts';
import { isDenied, isFailure, isRefused, sftpError } from './errors.ts';
import type { Findings, Naming, Replacing } from './findings.ts';
import { readEntries } from './listing.ts';
import { kindOf } from './protocol/attributes.ts';
import { EXTENSION, OPEN, STATUS } from './protocol/constants.ts';
import type { SftpClient } from './protocol/sftp-client.ts';
import { statusOf } from './protocol/status.ts';
import { shown } from './remote-root.ts';

export interface ProbeOptions extends OperationOptions {
  readonly readOnly: boolean;
  /** longest wait for the server's shell, in milliseconds */
  readonly shellLimit: number;
}

const NONCE_BYTES = 64;
const PREFIX_BYTES = 24;
/** A time that no clock shows by chance. */
const OLD = new Date('2001-02-03T04:05:06Z');
/** Folders in which writing is tried when the location's own refuses it. */
const MAX_TRIED = 8;

/**
 * Tries what the server can do, in a folder of its own that is removed again, also after a cancel.
 * @param root absolute, as the server writes it
 * @throws StorageError not_found, invalid_location (not a folder), permission_denied (it may not even be listed), unavailable, canceled
 */
export async function probeServer({ ssh, sftp }: Connection, root: string, { readOnly, shellLimit, signal }: ProbeOptions): Promise<Findings> {
  const folders = await readRoot(sftp, root);
  signal?.throwIfAborted();
  const facts = sftp.offers(EXTENSION.statvfs) ? await sftp.fileSystem(root).catch(nullIfRefused) : null;
  const common = { statvfs: facts !== null, longestName: facts?.longestName ?? null, software: ssh.software };
  if (readOnly) return { ...NOTHING_WRITTEN, ...common, notTried: 'The location is set to read only.' };

  let refused: StorageError | null = null;
  for (const folder of [root, ...folders]) {
    const scratch = `${folder === '/' ? '' : folder}/.holdfast-probe-${randomUUID()}`;
    try {
      await sftp.makeFolder(scratch);
    } catch (error) {
      if (!isRefused(error)) throw error;
      refused ??= sftpError(error, `make a folder in ${shown(folder)}`, '');
      continue;
    }
    try {
      const found = await new Trial({ ssh, sftp }, scratch, shellLimit, signal).run();
      return { ...found, ...common, write: folder === root ? 'yes' : 'below', notTried: folder === root ? null : (refused?.message ?? null) };
    } catch (error) {
      if (!isRefused(error)) throw error;
      refused ??= sftpError(error, `store a small file in ${shown(folder)}`, '');
    } finally {
      await clear(sftp, scratch);
    }
  }
  return { ...NOTHING_WRITTEN, ...common, notTried: refused?.message ?? null };
}

const NOTHING_WRITTEN = { write: 'no', update: false, initialize: false, keepsTimes: false, keepsMode: false, fsync: false, copyData: false, replacing: 'posix-rename', naming: 'look', digests: NO_DIGESTS } as const;

/** @returns folders in it where writing may be tried: many servers let nobody write in the topmost one */
async function readRoot(sftp: SftpClient, root: string): Promise<readonly string[]> {
  let kind;
  try {
    kind = kindOf(await sftp.stat(root));
  } catch (error) {
    throw sftpError(error, `find the folder ${shown(root)}`, '');
  }
  if (kind === 'file') throw new StorageError('invalid_location', `${shown(root)} is a file on the server: expected a folder.`);
  const folders: string[] = [];
  try {
    for await (const entries of readEntries(sftp, root)) {
      for (const { name, attributes } of entries) {
        if (kindOf(attributes) === 'folder' && !name.startsWith('.') && !/[/\0\ufffd]/.test(name)) folders.push(`${root === '/' ? '' : root}/${name}`);
      }
      if (folders.length >= MAX_TRIED) break;
    }
  } catch (error) {
    if (!isDenied(error)) throw sftpError(error, `list the folder ${shown(root)}`, '');
  }
  return folders.slice(0, MAX_TRIED);
}

async function clear(sftp: SftpClient, scratch: string): Promise<void> {
  const names = NAMES.map((name) => sftp.remove(`${scratch}/${name}`).catch(() => undefined));
  await Promise.all([...names, sftp.removeFolder(scratch).catch(() => undefined)]);
}

/** All names that a trial may make. */
const NAMES = ['nonce', 'second', 'third', 'link', 'copy'] as const;

type Tried = Omit<Findings, 'statvfs' | 'longestName' | 'software' | 'write' | 'notTried'>;

/** One round of trying, in one scratch folder. */
class Trial {
  readonly #connection: Connection;
  readonly #sftp: SftpClient;
  readonly #scratch: string;
  readonly #shellLimit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #nonce = randomBytes(NONCE_BYTES);

  constructor(connection: Connection, scratch: string, shellLimit: number, signal: AbortSignal | undefined) {
    this.#connection = connection;
    this.#sftp = connection.sftp;
    this.#scratch = scratch;
    this.#shellLimit = shellLimit;
    this.#signal = signal;
  }

  async run(): Promise<Tried> {
    const nonce = await this.#make('nonce', this.#nonce);
    // Looked at while the server's shell is asked, which takes longer than all the rest.
    const digesting = this.#digests(nonce);
    digesting.catch(() => undefined);
    const kept = await this.#attributes(nonce);
    const [update, initialize] = [await this.#writesInto(nonce), await this.#allocates()];
    const copyData = this.#sftp.offers(EXTENSION.copyData) && (await this.#copies(nonce));
    const digests = await digesting;
    const replacing = await this.#replaces();
    const naming = await this.#names(replacing);
    return { ...kept, update, initialize, copyData, digests, replacing, naming };
  }

  async #make(name: (typeof NAMES)[number], bytes: Uint8Array): Promise<string> {
    this.#signal?.throwIfAborted();
    const path = `${this.#scratch}/${name}`;
    const handle = await this.#sftp.open(path, OPEN.write | OPEN.create | OPEN.exclusive);
    await Promise.all([this.#sftp.write(handle, 0, bytes), this.#sftp.close(handle)]);
    return path;
  }

  async #attributes(path: string): Promise<Pick<Findings, 'keepsTimes' | 'keepsMode' | 'fsync'>> {
    const sftp = this.#sftp;
    const handle = await sftp.open(path, OPEN.read | OPEN.write);
    try {
      const sync = sftp.offers(EXTENSION.fsync) ? sftp.fsync(handle) : Promise.resolve(false);
      const [times, mode, after, fsync] = await Promise.all([works(sftp.setAttributes(handle, { times: { accessed: new Date(), modified: OLD } })), works(sftp.setAttributes(handle, { mode: 0o640 })), sftp.fstat(handle), works(sync)]);
      return { keepsTimes: times && after.modified === OLD.getTime() / 1000, keepsMode: mode && after.mode !== null && (after.mode & 0o777) === 0o640, fsync: fsync && sftp.offers(EXTENSION.fsync) };
    } finally {
      await sftp.close(handle);
    }
  }

  /** Another file than the nonce, which is being hashed meanwhile. */
  async #writesInto(original: string): Promise<boolean> {
    this.#signal?.throwIfAborted();
    const sftp = this.#sftp;
    const path = await this.#make('second', this.#nonce);
    const part = randomBytes(8);
    try {
      const handle = await sftp.open(path, OPEN.read | OPEN.write);
      const [, found] = await Promise.all([sftp.write(handle, 8, part), sftp.read(handle, 0, NONCE_BYTES * 2), sftp.close(handle)]);
      return found?.equals(Buffer.concat([this.#nonce.subarray(0, 8), part, this.#nonce.subarray(16)])) === true && original !== path;
    } catch (error) {
      if (isRefused(error)) return false;
      throw error;
    }
  }

  async #allocates(): Promise<boolean> {
    const sftp = this.#sftp;
    const path = await this.#make('third', Buffer.alloc(0));
    try {
      const handle = await sftp.open(path, OPEN.write);
      const [, { size }] = await Promise.all([sftp.setAttributes(handle, { size: 1000 }), sftp.fstat(handle), sftp.close(handle)]);
      return size === 1000;
    } catch (error) {
      if (isRefused(error)) return false;
      throw error;
    }
  }

  async #copies(original: string): Promise<boolean> {
    const sftp = this.#sftp;
    try {
      const [from, to] = [await sftp.open(original, OPEN.read), await sftp.open(`${this.#scratch}/copy`, OPEN.read | OPEN.write | OPEN.create | OPEN.exclusive)];
      const [, found] = await Promise.all([sftp.copyData(from, to), sftp.read(to, 0, NONCE_BYTES * 2), sftp.close(from), sftp.close(to)]);
      return found?.equals(this.#nonce) === true;
    } catch (error) {
      if (isRefused(error)) return false;
      throw error;
    }
  }

  async #digests(path: string): Promise<DigestFindings> {
    const hash = async (bytes: Uint8Array): Promise<Checksums> => {
      const hashing = await MultiHash.create(SHELL_ALGORITHMS);
      hashing.update(bytes);
      return hashing.digests();
    };
    const [whole, prefix] = await Promise.all([hash(this.#nonce), hash(this.#nonce.subarray(0, PREFIX_BYTES))]);
    const checkFile = await this.#checksFiles(path, whole, prefix);
    // Commands would only do the same with more effort.
    return checkFile.includes('sha256') ? { ...NO_DIGESTS, checkFile } : { checkFile, ...(await this.#shell(path, whole, prefix)) };
  }

  async #checksFiles(path: string, whole: Checksums, prefix: Checksums): Promise<DigestFindings['checkFile']> {
    const answers = await Promise.all(
      SHELL_ALGORITHMS.map(async (name) => {
        const [all, part] = await Promise.all([0, PREFIX_BYTES].map((length) => this.#sftp.checkFile(path, name, length).catch(nullIfRefused)));
        return all !== null && `${name}:${all}` === whole[name] && `${name}:${part}` === prefix[name];
      }),
    );
    return SHELL_ALGORITHMS.filter((_, at) => answers[at] === true);
  }

  /** Only a shell that sees the same file under the same path counts: a server may show one tree to SFTP and another to commands. */
  async #shell(path: string, whole: Checksums, prefix: Checksums): Promise<Pick<DigestFindings, 'tools' | 'toolsTakePrefix'>> {
    const none = { tools: {}, toolsTakePrefix: false };
    try {
      const shell = await RemoteShell.open(this.#connection.ssh);
      try {
        const tools = readProbe(await shell.run(probeScript(path), this.#shellLimit), (name) => whole[name]);
        const [name] = SHELL_ALGORITHMS.filter((each) => tools[each] !== undefined);
        const tool = name && tools[name];
        if (name === undefined || tool === undefined) return none;
        const answer = readDigest(await shell.run(prefixScript(tool, path, PREFIX_BYTES), this.#shellLimit), name);
        return { tools, toolsTakePrefix: answer !== null && answer === prefix[name] };
      } finally {
        shell.close();
      }
    } catch (error) {
      if (error instanceof StorageError && error.code === 'unsupported') return none;
      throw error;
    }
  }

  async #replaces(): Promise<Replacing> {
    const [from, to] = [`${this.#scratch}/third`, `${this.#scratch}/second`];
    if (this.#sftp.offers(EXTENSION.posixRename) && (await works(this.#sftp.posixRename(from, to)))) return 'posix-rename';
    return (await works(this.#sftp.rename(from, to))) ? 'rename' : 'aside';
  }

  async #names(replacing: Replacing): Promise<Naming> {
    const sftp = this.#sftp;
    const link = `${this.#scratch}/link`;
    const [second, nonce] = [`${this.#scratch}/second`, `${this.#scratch}/nonce`];
    const links = sftp.offers(EXTENSION.hardlink) && (await works(sftp.hardlink(second, link))) && !(await works(sftp.hardlink(nonce, link)));
    // Its sftp-server renames by a link where the disk has links, and that refuses a taken name without a race.
    if (links && /OpenSSH/.test(this.#connection.ssh.software) && !(await works(sftp.rename(nonce, link)))) return 'rename';
    if (links) return 'link';
    return replacing === 'posix-rename' && (await refusesTaken(sftp, second)) ? 'reserve' : 'look';
  }
}

async function refusesTaken(sftp: SftpClient, path: string): Promise<boolean> {
  try {
    await sftp.close(await sftp.open(path, OPEN.write | OPEN.create | OPEN.exclusive));
    return false;
  } catch (error) {
    if (isFailure(error) || statusOf(error) === STATUS.alreadyExists || isDenied(error)) return true;
    throw error;
  }
}

async function works(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  }
}

function nullIfRefused(error: unknown): null {
  if (isRefused(error)) return null;
  throw error;
}
