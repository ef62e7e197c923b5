import { type Site, type Source, download } from './scenarios.ts';
import type { ServerDisk } from './target.ts';

/** Whether what lies under the source's name are its bytes; `unseen`: the storage gives nothing back, and nobody can look at its disk. */
export type Stored = 'same' | 'other' | 'nothing' | 'unseen';

/** How a run finds out what is stored. */
export type Sight = 'by download' | 'on the disk of the server' | 'not at all';

export class Onlooker {
  readonly sight: Sight;
  readonly #disk: ServerDisk | undefined;

  /** @param reads the storage gives files back */
  constructor(reads: boolean, disk: ServerDisk | undefined) {
    this.sight = reads ? 'by download' : disk === undefined ? 'not at all' : 'on the disk of the server';
    this.#disk = disk;
  }

  async look(site: Site, source: Source): Promise<Stored> {
    if (this.sight === 'not at all') return 'unseen';
    if (this.sight === 'by download') {
      const { same } = await download(site, source);
      return same === null ? 'nothing' : same ? 'same' : 'other';
    }
    const found = (await this.#disk?.contents(source.name)) ?? [];
    return found.length === 0 ? 'nothing' : found.every((digest) => digest === source.digest) ? 'same' : 'other';
  }

  /** Before an upload to a storage that keeps every upload as a file of its own, so that only its file is looked at. */
  async clear(): Promise<void> {
    if (this.sight !== 'by download') await this.#disk?.clear();
  }
}
