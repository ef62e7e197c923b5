import { type Checksum, type HashName, formatChecksum } from '../../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../../shared/storage/errors.ts';
import { isRefused } from '../errors.ts';
import { BULK, type ConnectionPool } from '../pool.ts';
import { SLOWEST, ShellDigests } from './shell-digests.ts';
import type { Tools } from './tools.ts';

/** How a server computes digests of what it stores, as was found by trying. */
export interface DigestFindings {
  /** by the extension check-file */
  readonly checkFile: readonly HashName[];
  /** by commands of its shell */
  readonly tools: Tools;
  /** also of the beginning of a file, by `head` */
  readonly toolsTakePrefix: boolean;
}

export const NO_DIGESTS: DigestFindings = { checkFile: [], tools: {}, toolsTakePrefix: false };

export interface AskDigestOptions {
  /** bytes of the file, as far as is known: tells how long it may take */
  readonly size: number;
  /** only so many bytes from the first on; absent: all */
  readonly prefix?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks a server for digests of what it stores: by check-file where it has that, else by commands. */
export class ServerDigests {
  /** in the order of preference */
  readonly algorithms: readonly HashName[];
  readonly #findings: DigestFindings;
  readonly #pool: ConnectionPool;
  readonly #shell: ShellDigests;

  constructor(pool: ConnectionPool, findings: DigestFindings, silence: number) {
    this.#pool = pool;
    this.#findings = findings;
    this.#shell = new ShellDigests(pool, findings.tools, silence);
    this.algorithms = ORDER.filter((name) => findings.checkFile.includes(name) || findings.tools[name] !== undefined);
  }

  /** The algorithm for the beginning of a file; null when the server computes none of that. */
  get forPrefix(): HashName | null {
    return this.algorithms.find((name) => this.#findings.checkFile.includes(name) || this.#findings.toolsTakePrefix) ?? null;
  }

  /** @returns null when the server gives none now @throws StorageError unavailable, canceled */
  async ask(path: string, algorithm: HashName, options: AskDigestOptions): Promise<Checksum | null> {
    if (this.#findings.checkFile.includes(algorithm)) return this.#checkFile(path, algorithm, options);
    try {
      return await this.#shell.digest(path, algorithm, options);
    } catch (error) {
      if (error instanceof StorageError && error.code === 'unsupported') return null;
      throw error;
    }
  }

  close(): void {
    this.#shell.close();
  }

  async #checkFile(path: string, algorithm: HashName, { size, prefix = 0, signal }: AskDigestOptions): Promise<Checksum | null> {
    const work = prefix === 0 ? size : prefix;
    try {
      const hex = await this.#pool.ask(({ sftp }) => sftp.checkFile(path, algorithm, prefix, { allowance: Math.ceil(work / SLOWEST) }), { signal, weight: BULK });
      return hex === null ? null : formatChecksum(algorithm, hex);
    } catch (error) {
      if (isRefused(error)) return null;
      throw error;
    }
  }
}

const ORDER: readonly HashName[] = ['sha256', 'sha512', 'sha1', 'md5'];
