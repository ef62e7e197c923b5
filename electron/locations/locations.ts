import { randomUUID } from 'node:crypto';
import { StorageError } from '../../shared/storage/errors.ts';
import type { LocationConfig, ProbeReport, SecretReference } from '../../shared/storage/location.ts';
import type { LocationState, LocationView } from '../../shared/ipc/views.ts';
import type { Database } from '../database/open-database.ts';
import type { ConnectConfig } from '../storage/backend-definition.ts';
import type { Registry } from '../storage/registry.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import { wrapError } from '../storage/wrap-error.ts';
import { type LocationDraft, parseLocationName, parseOptions, tidySizeLimit } from './location-draft.ts';
import type { SecretStore } from './secret-store.ts';

export interface LocationsOptions {
  readonly registry: Registry;
  readonly database: Database;
  readonly secrets: SecretStore;
}

interface Entry {
  readonly config: LocationConfig;
  state: LocationState;
  connection: Promise<StorageLocation> | null;
}

/** The configured locations, their connections and what is known of their state. */
export class Locations {
  readonly #registry: Registry;
  readonly #database: Database;
  readonly #secrets: SecretStore;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(locations: readonly LocationView[]) => void>();

  private constructor({ registry, database, secrets }: LocationsOptions) {
    this.#registry = registry;
    this.#database = database;
    this.#secrets = secrets;
  }

  static async load(options: LocationsOptions): Promise<Locations> {
    const locations = new Locations(options);
    await locations.reload();
    return locations;
  }

  /** Takes over what another process (the command line beside the window) changed. */
  async reload(): Promise<void> {
    const configs = await this.#database.locations.list();
    const present = new Set(configs.map(({ id }) => id));
    for (const [id, entry] of this.#entries) if (!present.has(id)) await this.#drop(id, entry);
    for (const config of configs) {
      const entry = this.#entries.get(config.id);
      if (entry !== undefined && JSON.stringify(entry.config) === JSON.stringify(config)) continue;
      if (entry !== undefined) await this.#drop(config.id, entry);
      this.#entries.set(config.id, { config, state: { kind: 'unknown' }, connection: null });
    }
    this.#publish();
  }

  /** @returns unsubscribe */
  onChange(listener: (locations: readonly LocationView[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async list(): Promise<readonly LocationView[]> {
    return Promise.all([...this.#entries.values()].map((entry) => view(entry)));
  }

  configs(): readonly LocationConfig[] {
    return [...this.#entries.values()].map(({ config }) => config);
  }

  /** By name, as on the command line; case does not matter. @throws invalid_config that lists the known names */
  named(name: string): LocationConfig {
    const wanted = name.trim().toLowerCase();
    const found = this.configs().find((config) => config.name.toLowerCase() === wanted);
    if (found === undefined) {
      throw new StorageError('invalid_config', `There is no location ${JSON.stringify(name)}. Known: ${this.configs().map((config) => config.name).join(', ') || 'none'}.`);
    }
    return found;
  }

  /** Connects once and keeps the connection. @throws the backend's error, which is also kept as the location's state */
  async connect(id: string): Promise<{ readonly config: LocationConfig; readonly location: StorageLocation }> {
    const entry = this.#entry(id);
    entry.connection ??= this.#open(entry);
    return { config: entry.config, location: await entry.connection };
  }

  /** Connects anew, whatever was there. Never throws for what the storage says: that is the state it answers. */
  async reconnect(id: string): Promise<LocationView> {
    const entry = this.#entry(id);
    await this.#disconnect(entry);
    await this.connect(id).catch(() => undefined);
    return view(entry);
  }

  /**
   * Tries first and saves only what works. With `variable` the secret is not stored but read from that environment variable in each run.
   * @throws invalid_config, unavailable, authentication_failed, ... and then nothing was saved
   */
  async add(draft: LocationDraft, variable?: string): Promise<LocationView> {
    this.#requireFreeName(draft.name, null);
    const location = await this.#try(draft, draft.secret || null);
    const secret = variable === undefined ? await this.#keep(draft.secret) : { kind: 'environment' as const, variable };
    return this.#save({ ...this.#config(randomUUID(), draft), secret }, location);
  }

  async update(id: string, draft: LocationDraft): Promise<LocationView> {
    const { config: before } = this.#entry(id);
    this.#requireFreeName(draft.name, id);
    const kept = draft.secret === undefined;
    if (kept) requireSameServer(before, draft);
    const location = await this.#try(draft, kept ? await this.#secrets.read(before.secret) : draft.secret || null);
    const secret = kept ? before.secret : await this.#keep(draft.secret);
    const saved = await this.#save({ ...this.#config(id, draft), secret }, location);
    if (!kept) await this.#secrets.forget(before.secret);
    return saved;
  }

  /** Forgets the location and its secret; what is stored there stays. */
  async remove(id: string): Promise<void> {
    const entry = this.#entry(id);
    await this.#database.locations.remove(id);
    await this.#secrets.forget(entry.config.secret);
    await this.#drop(id, entry);
    this.#publish();
  }

  /** Connects with a draft and says what was found; nothing is saved. */
  async test(draft: LocationDraft, id?: string): Promise<ProbeReport> {
    const secret = draft.secret === undefined && id !== undefined ? await this.#lend(this.#entry(id).config, draft) : draft.secret || null;
    const location = await this.#try(draft, secret);
    try {
      return await location.probe();
    } finally {
      await location.close();
    }
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await Promise.all([...this.#entries.values()].map((entry) => this.#disconnect(entry)));
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new StorageError('invalid_config', 'This location is not there any more.', { context: { locationId: id } });
    return entry;
  }

  #config(id: string, draft: LocationDraft): Omit<LocationConfig, 'secret'> {
    const definition = this.#registry.get(draft.backend);
    return { id, name: parseLocationName(draft.name), backend: draft.backend, uri: draft.uri.trim(), options: parseOptions(definition, draft.options), proof: draft.proof, sizeLimit: tidySizeLimit(draft.sizeLimit) };
  }

  #requireFreeName(name: string, id: string | null): void {
    const wanted = parseLocationName(name).toLowerCase();
    const taken = this.configs().find((config) => config.name.toLowerCase() === wanted && config.id !== id);
    if (taken !== undefined) throw new StorageError('already_exists', `There is a location ${JSON.stringify(taken.name)} already: expected a name of its own.`);
  }

  async #lend(config: LocationConfig, draft: LocationDraft): Promise<string | null> {
    requireSameServer(config, draft);
    return this.#secrets.read(config.secret);
  }

  async #keep(secret: string | undefined): Promise<SecretReference> {
    return secret === undefined || secret === '' ? { kind: 'none' } : this.#secrets.store(secret);
  }

  async #try(draft: LocationDraft, secret: string | null): Promise<StorageLocation> {
    const { uri, options, proof, sizeLimit } = this.#config('draft', draft);
    return this.#connectTo(draft.backend, { uri, options, secret, proof, sizeLimit });
  }

  async #connectTo(backend: string, config: ConnectConfig): Promise<StorageLocation> {
    try {
      return await this.#registry.get(backend).connect(config);
    } catch (error) {
      throw wrapError(error, `connect to ${config.uri}`);
    }
  }

  async #save(config: LocationConfig, location: StorageLocation): Promise<LocationView> {
    const before = this.#entries.get(config.id);
    try {
      await this.#database.locations.save(config);
    } catch (error) {
      await location.close();
      if (config.secret !== before?.config.secret) await this.#secrets.forget(config.secret);
      throw error;
    }
    if (before !== undefined) await this.#disconnect(before);
    const entry: Entry = { config, state: { kind: 'ready' }, connection: Promise.resolve(location) };
    this.#entries.set(config.id, entry);
    this.#publish();
    return view(entry);
  }

  async #open(entry: Entry): Promise<StorageLocation> {
    this.#setState(entry, { kind: 'connecting' });
    try {
      const { uri, options, proof, sizeLimit, secret, backend } = entry.config;
      const location = await this.#connectTo(backend, { uri, options, proof, sizeLimit, secret: await this.#secrets.read(secret) });
      this.#setState(entry, { kind: 'ready' });
      return location;
    } catch (error) {
      entry.connection = null;
      const failure = wrapError(error, `connect to ${entry.config.name}`);
      this.#setState(entry, { kind: 'failed', error: failure.toRecord() });
      throw failure;
    }
  }

  async #disconnect(entry: Entry): Promise<void> {
    const { connection } = entry;
    entry.connection = null;
    entry.state = { kind: 'unknown' };
    if (connection === null) return;
    const location = await connection.catch(() => null);
    await location?.close();
  }

  async #drop(id: string, entry: Entry): Promise<void> {
    this.#entries.delete(id);
    await this.#disconnect(entry);
  }

  #setState(entry: Entry, state: LocationState): void {
    entry.state = state;
    this.#publish();
  }

  #publish(): void {
    if (this.#listeners.size === 0) return;
    void this.list().then((locations) => {
      for (const listener of this.#listeners) listener(locations);
    });
  }
}

async function view({ config, state, connection }: Entry): Promise<LocationView> {
  const { secret, ...rest } = config;
  const location = state.kind === 'ready' ? await connection?.catch(() => null) : null;
  return { ...rest, secretSet: secret.kind !== 'none', state, capabilities: location?.capabilities ?? null };
}

/** A saved secret was given for one server and is not sent to another. @throws invalid_config */
function requireSameServer(saved: LocationConfig, draft: Pick<LocationDraft, 'backend' | 'uri'>): void {
  if (saved.secret.kind === 'none' || (saved.backend === draft.backend && serverOf(saved.uri) === serverOf(draft.uri))) return;
  throw new StorageError('invalid_config', `The saved secret belongs to ${serverOf(saved.uri)}: enter the secret for ${serverOf(draft.uri)}, or forget it.`);
}

function serverOf(uri: string): string {
  const url = URL.canParse(uri.trim()) ? new URL(uri.trim()) : null;
  return url === null || url.host === '' ? uri.trim() : `${url.protocol}//${url.host}`;
}
