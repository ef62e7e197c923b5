import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import { DEFAULT_PROOF_POLICY } from '../../../../shared/storage/evidence.ts';
import type { ConformanceHarness } from '../../testing/conformance-harness.ts';
import { EVERYTHING, type MemoryOptions } from './definition.ts';
import { MemoryLocation } from './location.ts';
import { MemoryStorage } from './memory-storage.ts';

export interface MemoryHarnessOptions extends Omit<MemoryOptions, 'storage'> {
  readonly capabilities?: Partial<Capabilities>;
  /** another class of location, for a copy of the backend that is not quite right */
  readonly Location?: typeof MemoryLocation;
}

/** Joins a backend in memory to the conformance suite. */
export function memoryHarness(options: MemoryHarnessOptions = {}): ConformanceHarness {
  const { capabilities, moves = 'never', decides = null, Location = MemoryLocation } = options;
  let storage = new MemoryStorage();
  return {
    open({ sizeLimit = null, proof = DEFAULT_PROOF_POLICY } = {}) {
      storage = new MemoryStorage();
      return Promise.resolve(new Location({ capabilities: { ...EVERYTHING, ...capabilities }, proof, sizeLimit, storage, moves, decides }));
    },
    residue: () => Promise.resolve(storage.residue()),
    peek: (path) => Promise.resolve(storage.object(storage.uriOf(path)).bytes),
    corrupt(path, at) {
      storage.corrupt(path, at);
      return Promise.resolve();
    },
    stall: () => Promise.resolve(storage.stall()),
    close: () => Promise.resolve(),
  };
}
