import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { executable } from '../harness/executable.ts';
import { makeFile } from '../harness/files.ts';
import { type TimedRun, timed } from './timed.ts';

const MiB = 1024 * 1024;

/** How much is measured. Sizes in bytes. */
export interface Scale {
  readonly large: number;
  readonly huge: number;
  readonly smallFiles: number;
  readonly smallSize: number;
  readonly repetitions: number;
}

export const FULL: Scale = { large: 1024 * MiB, huge: 4096 * MiB, smallFiles: 2000, smallSize: 64 * 1024, repetitions: 5 };
export const QUICK: Scale = { large: 128 * MiB, huge: 512 * MiB, smallFiles: 200, smallSize: 64 * 1024, repetitions: 3 };

/** Everything on one disk: sources, copies and the app's data folder. */
export class Workplace {
  readonly root: string;
  readonly scale: Scale;

  constructor(root: string, scale: Scale) {
    this.root = root;
    this.scale = scale;
  }

  get profile(): string {
    return join(this.root, 'profile');
  }

  get library(): string {
    return join(this.profile, 'Local library');
  }

  /** holds one large file */
  get large(): string {
    return join(this.root, 'large');
  }

  /** holds many small ones */
  get small(): string {
    return join(this.root, 'small');
  }

  async fill(): Promise<void> {
    await makeFile(join(this.large, 'file'), this.scale.large);
    for (let index = 0; index < this.scale.smallFiles; index++) await makeFile(join(this.small, `file-${index}`), this.scale.smallSize);
    await mkdir(join(this.root, 'copies'));
    // A first start makes the data folder, which is not measured.
    await this.holdfast('locations', 'list');
    await this.settle();
  }

  /** A command of the packaged app, as a person types it. */
  holdfast(...words: readonly string[]): Promise<TimedRun> {
    const switches = JSON.parse(process.env['HOLDFAST_COMMAND_SWITCHES'] ?? '[]') as string[];
    return timed(executable(), [...switches, '--profile', this.profile, ...words, '--json']);
  }

  /** Waits until the disk has nothing left to do of what was measured before. */
  async settle(): Promise<void> {
    await timed('sync', []);
  }
}

export function sizeText(bytes: number): string {
  return bytes >= 1024 * MiB ? `${bytes / 1024 / MiB} GiB` : bytes >= MiB ? `${bytes / MiB} MiB` : `${bytes / 1024} KiB`;
}
