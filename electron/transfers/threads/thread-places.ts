import { StorageError } from '../../../shared/storage/errors.ts';
import type { ConnectedPlace } from '../../storage/connected-place.ts';
import type { Network } from '../../storage/network/proxy.ts';
import type { Registry } from '../../storage/registry.ts';
import type { StorageLocation } from '../../storage/storage-location.ts';
import { wrapError } from '../../storage/wrap-error.ts';
import type { Connected } from '../job.ts';

interface Entry {
  readonly place: ConnectedPlace;
  connection: Promise<StorageLocation> | null;
  /** the last try to connect failed */
  failed: boolean;
  users: number;
  retired: boolean;
}

/** A job's hold on a place, which stays connected until the last one is released. */
export interface PlaceUse {
  connect(): Promise<Connected>;
  /** false: the last try to connect failed */
  readonly connected: boolean;
  release(): void;
}

/** The locations that one thread is connected to, by what main says of them. */
export class ThreadPlaces {
  readonly #registry: Registry;
  readonly #network: Network;
  readonly #entries = new Map<string, Entry>();

  constructor(registry: Registry, network: Network) {
    this.#registry = registry;
    this.#network = network;
  }

  /** Jobs that begin from now on use this; those under way keep what they have. */
  put(place: ConnectedPlace): void {
    this.drop(place.config.id);
    this.#entries.set(place.config.id, { place, connection: null, failed: false, users: 0, retired: false });
  }

  drop(locationId: string): void {
    const entry = this.#entries.get(locationId);
    this.#entries.delete(locationId);
    if (entry !== undefined) {
      entry.retired = true;
      closeIfUnused(entry);
    }
  }

  use(locationId: string): PlaceUse {
    const entry = this.#entries.get(locationId);
    if (entry === undefined) throw new StorageError('unexpected', `A thread was not told of the location ${JSON.stringify(locationId)}.`);
    entry.users += 1;
    let held = true;
    return {
      connect: () => this.#connect(entry),
      get connected() {
        return !entry.failed;
      },
      release: () => {
        if (held) entry.users -= 1;
        held = false;
        closeIfUnused(entry);
      },
    };
  }

  async close(): Promise<void> {
    const open = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(open.map((entry) => closeEntry(entry)));
  }

  async #connect(entry: Entry): Promise<Connected> {
    const { config, connect } = entry.place;
    entry.connection ??= this.#registry.get(config.backend).connect({ ...connect, network: this.#network });
    try {
      const location = await entry.connection;
      entry.failed = false;
      return { config, location };
    } catch (error) {
      entry.connection = null;
      entry.failed = true;
      throw wrapError(error, `connect to ${config.name}`);
    }
  }
}

function closeIfUnused(entry: Entry): void {
  if (entry.retired && entry.users === 0) void closeEntry(entry);
}

async function closeEntry(entry: Entry): Promise<void> {
  const { connection } = entry;
  entry.connection = null;
  // Nobody waits for the end of a connection that is of no use any more.
  await connection?.then((location) => location.close()).catch(() => undefined);
}
