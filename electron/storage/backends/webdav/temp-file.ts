import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Checksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import { openFile } from '../../http/open-file.ts';
import { newPartialName } from '../../partial-name.ts';
import { type Told, toldDigests } from './bytes-digest.ts';
import { type WebdavContext, folderOf, isLost, tempNameStyle } from './context.ts';
import type { Entry } from './entry.ts';
import { publishTemp } from './publish.ts';

/** Files up to so many bytes are read back whole in the same request that asks for their size. */
const READ_AT_ONCE = 1024 * 1024;
/** When to look again whether a cut upload came to be after all, in ms after the look before; a busy server may need a moment to notice the cut. */
const LOOKS = [50, 150, 400, 1000];

/** A file in the making, beside its final place. */
export class TempFile {
  readonly name: string;
  readonly uri: string;
  readonly #context: WebdavContext;
  #told: Told | null = null;
  #whole: Buffer | null = null;

  constructor(context: WebdavContext, target: string, name: string) {
    this.#context = context;
    this.name = name;
    this.uri = folderOf(target) + name;
  }

  /** `kept`: a later save may go on with it. */
  static fresh(context: WebdavContext, target: string, kept: boolean): TempFile {
    return new TempFile(context, target, newPartialName(kept, tempNameStyle(context)));
  }

  lookIfThere(signal?: AbortSignal): Promise<Entry | null> {
    return this.#context.dav.lookIfThere(this.uri, { signal });
  }

  /** Once it is whole. @param transit a digest that the server compared with the bytes as they came */
  storedBytes(size: number, transit: Checksum | null): StoredBytes {
    const [algorithm] = this.#context.capabilities.serverDigest;
    return {
      size: (signal) => this.#size(size, signal),
      ...(transit !== null && { transit: [transit] }),
      ...(algorithm !== undefined && { serverDigest: async (signal?: AbortSignal) => (await this.#ask(size, signal)).checksums[algorithm] ?? null }),
      readBack: (signal) => (this.#whole === null ? openFile(this.#context.dav.http, this.uri, { signal }, () => Promise.resolve()) : Promise.resolve(Readable.from([this.#whole], { objectMode: false }))),
    };
  }

  /** Takes the name of the target. @throws StorageError already_exists */
  publish(target: string, overwrite: boolean, size: number): Promise<void> {
    return publishTemp(this.#context, this, target, { overwrite, size });
  }

  /** @param cut its upload was cut on a server that may show the piece, so it may still be making it */
  async discard(cut: boolean): Promise<void> {
    await this.#remove();
    for (const wait of cut ? LOOKS : []) {
      await sleep(wait);
      if ((await this.lookIfThere()) === null) continue;
      // It came after the first removal, so the server is through with it.
      await this.#remove();
      return;
    }
  }

  async #remove(): Promise<void> {
    try {
      await this.#context.dav.remove(this.uri);
    } catch (error) {
      if (!(error instanceof StorageError) || (error.code !== 'not_found' && !isLost(error))) throw error;
      if (isLost(error) && (await this.lookIfThere()) !== null) throw error;
    }
  }

  async #size(expected: number, signal: AbortSignal | undefined): Promise<number | null> {
    if (this.#context.capabilities.serverDigest.length > 0) return (await this.#ask(expected, signal)).size;
    if (!this.#isReadAtOnce(expected)) return (await this.#context.dav.look(this.uri, { signal })).size;
    const { http } = this.#context.dav;
    const answer = await http.request('GET', this.uri, { signal });
    this.#whole = await http.body(answer, expected + 1);
    return this.#whole === null ? (await this.#context.dav.look(this.uri, { signal })).size : this.#whole.length;
  }

  /** The policy demands it, so that asking for the size alone would be one question more. */
  #isReadAtOnce(size: number): boolean {
    const { minimum, readBack } = this.#context.proof;
    return minimum >= 2 && size <= READ_AT_ONCE && readBack !== 'never' && (readBack === 'always' || size <= readBack.upTo);
  }

  async #ask(size: number, signal: AbortSignal | undefined): Promise<Told> {
    this.#told ??= await toldDigests(this.#context.dav.http, this.uri, { signal, workload: size });
    if (this.#told === null) throw new StorageError('not_found', `The server took ${this.uri}, but does not have it.`, { context: { uri: this.uri } });
    return this.#told;
  }
}

