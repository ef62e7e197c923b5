import type { FileInstance } from '../../shared/storage/file-instance.ts';
import type { LocationConfig } from '../../shared/storage/location.ts';
import type { App } from '../app.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { ExitCode } from './exit-code.ts';
import type { Output } from './output.ts';
import { type WrittenPlace, requirePlace } from './place.ts';

/** What every command works with. */
export interface CommandContext {
  readonly app: App;
  readonly output: Output;
  /** aborted by Ctrl+C */
  readonly signal: AbortSignal;
  /** where relative paths start */
  readonly workingFolder: string;
  /** secrets survive this run */
  readonly keychain: boolean;
}

export type CommandResult = Promise<ExitCode>;

export interface OpenPlace extends WrittenPlace {
  readonly config: LocationConfig;
  readonly storage: StorageLocation;
}

/** Connects to the location that `NAME:/path` names. */
export async function openPlace({ app }: CommandContext, text: string): Promise<OpenPlace> {
  const place = requirePlace(text);
  const { config, location } = await app.locations.connect(app.locations.named(place.location).id);
  return { ...place, config, storage: location };
}

export function fileRecord(file: FileInstance): Readonly<Record<string, unknown>> {
  const { kind, path, name, uri, size, modified, checksum, readable, writable } = file;
  return { type: kind, path, name, uri, size, modified, checksum, readable, writable };
}
