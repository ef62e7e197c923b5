import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { LocationOptions } from '../../../../shared/storage/location.ts';
import type { StorageLocation } from '../../storage-location.ts';
import { localBackend } from './definition.ts';

export const isPosix = process.platform !== 'win32';
export const isRoot = isPosix && process.getuid?.() === 0;

/** A fresh folder for each test of a file: `base` holds the `folder` of the location, so that there is something outside of it. */
export class TestFolder {
  base = '';
  folder = '';

  constructor() {
    beforeEach(() => {
      this.base = mkdtempSync(path.join(realpathSync(tmpdir()), 'holdfast-folder-'));
      this.folder = path.join(this.base, 'root');
      mkdirSync(this.folder);
    });
    afterEach(() => {
      vi.restoreAllMocks();
      rmSync(this.base, { recursive: true, force: true });
    });
  }

  at(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  connect(options: LocationOptions = {}, uri = this.folder): Promise<StorageLocation> {
    return localBackend.connect({ uri, options, secret: null, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });
  }
}

/** Matches a StorageError of that code. */
export function code(expected: string): unknown {
  return expect.objectContaining({ name: 'StorageError', code: expected });
}

export function save(location: StorageLocation, name: string, text: string, options = {}) {
  return location.file(name).save(Readable.from([Buffer.from(text)]), options);
}

export async function read(location: StorageLocation, name: string): Promise<string> {
  return Buffer.concat((await (await location.file(name).open()).toArray()) as Buffer[]).toString();
}

/** What a folder shows, sorted, one line an entry. */
export async function shown(location: StorageLocation, where = ''): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of location.list(where)) found.push(...page.map(({ name, kind, readable }) => `${kind} ${name}${readable ? '' : ' (unreadable)'}`));
  return found.sort();
}
