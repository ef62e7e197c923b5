import { StorageError } from '../../shared/storage/errors.ts';
import type { BackendDefinition } from './backend-definition.ts';

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** The backends by name: built-ins first, plugins after them; nobody may take a name that is taken. */
export class Registry {
  readonly #backends = new Map<string, BackendDefinition>();

  constructor(builtIns: readonly BackendDefinition[] = []) {
    for (const definition of builtIns) this.register(definition);
  }

  /** @throws StorageError plugin_failed for a malformed or taken name */
  register(definition: BackendDefinition): void {
    const { name } = definition;
    if (!NAME.test(name)) throw new StorageError('plugin_failed', `${JSON.stringify(name)} cannot name a backend: expected lower-case letters, digits and dashes.`);
    if (this.#backends.has(name)) throw new StorageError('plugin_failed', `The backend ${JSON.stringify(name)} is there already; a plugin may not replace it.`);
    this.#backends.set(name, definition);
  }

  /** @throws StorageError invalid_config that lists the known names */
  get(name: string): BackendDefinition {
    const definition = this.#backends.get(name);
    if (definition === undefined) throw new StorageError('invalid_config', `Unknown backend ${JSON.stringify(name)}. Known: ${[...this.#backends.keys()].join(', ')}.`);
    return definition;
  }

  list(): readonly BackendDefinition[] {
    return [...this.#backends.values()];
  }
}
