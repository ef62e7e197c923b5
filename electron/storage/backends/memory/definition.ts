import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import type { HashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { BackendDefinition, ConnectConfig } from '../../backend-definition.ts';
import type { Moves } from './backend.ts';
import { MemoryLocation } from './location.ts';
import { MemoryStorage } from './memory-storage.ts';

export interface MemoryOptions {
  readonly storage?: MemoryStorage;
  readonly capabilities?: Partial<Capabilities>;
  readonly moves?: Moves;
  /** the digest that the storage computes unasked; `checksumHashName` is then null */
  readonly decides?: HashName;
}

/** What a storage in memory can do unless its options say less. */
export const EVERYTHING: Capabilities = {
  read: true,
  list: true,
  makeDirectory: true,
  move: true,
  delete: true,
  rangeRead: true,
  initialize: true,
  update: true,
  noOverwrite: true,
  atomicPublish: true,
  resume: true,
  versions: false,
  link: false,
  preserveModified: true,
  serverDigest: [],
  maximumSize: null,
};

/** A storage for tests that can do everything or, by its options, less. Its files live as long as the definition. */
export function createMemoryBackend(options: MemoryOptions = {}): BackendDefinition {
  const { storage = new MemoryStorage(), moves = 'never', decides = null } = options;
  const capabilities = { ...EVERYTHING, ...options.capabilities };
  return {
    name: 'memory',
    sharesMemory: true,
    title: 'Memory',
    description: 'Forgets everything at the end; for tests.',
    uriLabel: 'Address',
    uriPlaceholder: 'memory:///',
    uriIsFolder: false,
    secretLabel: null,
    fields: [],
    connect: ({ uri, proof, sizeLimit }: ConnectConfig) =>
      uri.startsWith('memory:')
        ? Promise.resolve(new MemoryLocation({ capabilities, proof, sizeLimit, storage, moves, decides }))
        : Promise.reject(new StorageError('invalid_config', `${JSON.stringify(uri)} is not an address in memory: expected "memory:///".`)),
  };
}

export const memoryBackend = createMemoryBackend();
