import { StorageError } from '../../../shared/storage/errors.ts';
import { type LocationPath, parseLocationPath } from '../../../shared/storage/path.ts';
import { StorageBackend } from '../storage-backend.ts';
import { StorageLocation } from '../storage-location.ts';
import { API_VERSION } from './manifest.ts';

/** What a plugin gets: the classes to extend, handed in so that there is only one of each. */
export interface PluginHost {
  readonly apiVersion: typeof API_VERSION;
  readonly StorageBackend: typeof StorageBackend;
  readonly StorageLocation: typeof StorageLocation;
  readonly StorageError: typeof StorageError;
  /** refuses `..` and whatever else is no place inside a location */
  readonly parseLocationPath: (text: string) => LocationPath;
}

export const PLUGIN_HOST: PluginHost = Object.freeze({ apiVersion: API_VERSION, StorageBackend, StorageLocation, StorageError, parseLocationPath });
