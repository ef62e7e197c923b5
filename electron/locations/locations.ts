import { randomUUID } from 'node:crypto';
import { secretVariables } from '../../shared/storage/config-fields.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import { type LocationConfig, MAIN_SECRET, type ProbeReport } from '../../shared/storage/location.ts';
import { type TrustOffer, trustOfferOf } from '../../shared/storage/trust-offer.ts';
import type { LocationState, LocationView } from '../../shared/ipc/views.ts';
import type { Database } from '../database/open-database.ts';
import type { ConnectConfig } from '../storage/backend-definition.ts';
import type { ConnectedPlace } from '../storage/connected-place.ts';
import type { Registry } from '../storage/registry.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import { wrapError } from '../storage/wrap-error.ts';
import type { Network } from '../storage/network/proxy.ts';
import { changedSecrets, keptKeys, mergeSecrets, requireSameServer, requireSecrets } from './draft-secrets.ts';
import { type LocationDraft, parseLocationName, parseOptions, tidySizeLimit } from './location-draft.ts';
import type { Secrets, SecretStore } from './secret-store.ts';
import { requireOffered } from './trusted-server.ts';

export interface LocationsOptions {
  readonly registry: Registry;
  readonly database: Database;
  readonly secrets: SecretStore;
  /** how the computer reaches other ones; absent: always directly */
  readonly network?: Network | undefined;
}

interface Entry {
  readonly config: LocationConfig;
  state: LocationState;
  connection: Promise<StorageLocation> | null;
  /** for {@link Locations.placeOf}, while the connection lasts */
  place: Promise<ConnectedPlace> | null;
}

interface Asked {
  readonly config: Omit<LocationConfig, 'id' | 'secret'>;
  readonly secrets: Secrets;
  readonly secretsChanged: boolean;
}

/** The configured locations, their connections and what is known of their state. */
export class Locations {
  readonly #registry: Registry;
  readonly #database: Database;
  readonly #secrets: SecretStore;
  readonly #network: Network | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(locations: readonly LocationView[]) => void>();
  readonly #disconnectListeners = new Set<(id: string) => void>();
  #generations = 0;

  private constructor({ registry, database, secrets, network }: LocationsOptions) {
    this.#registry = registry;
    this.#database = database;
    this.#secrets = secrets;
    this.#network = network;
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
      this.#entries.set(config.id, { config, state: { kind: 'unknown' }, connection: null, place: null });
    }
    this.#publish();
  }

  /** @returns unsubscribe */
  onChange(listener: (locations: readonly LocationView[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async list(): Promise<readonly LocationView[]> {
    return Promise.all([...this.#entries.values()].map((entry) => this.#view(entry)));
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

  /** For a second connection beside the kept one, made in the same way. @throws as {@link connect} */
  async placeOf(id: string): Promise<ConnectedPlace> {
    const { location } = await this.connect(id);
    const entry = this.#entry(id);
    entry.place ??= this.#placeOf(entry.config, location);
    return entry.place;
  }

  /** A connection was given up, and so should be those made by its {@link placeOf}. @returns unsubscribe */
  onDisconnect(listener: (id: string) => void): () => void {
    this.#disconnectListeners.add(listener);
    return () => this.#disconnectListeners.delete(listener);
  }

  /** Connects anew, whatever was there. Never throws for what the storage says: that is the state it answers. */
  async reconnect(id: string): Promise<LocationView> {
    const entry = this.#entry(id);
    await this.#disconnect(entry);
    await this.connect(id).catch(() => undefined);
    return this.#view(entry);
  }

  /**
   * Tries first and saves only what works. With `variables` the secrets are not stored: each is read from that environment variable in
   * each run. @throws invalid_config, unavailable, authentication_failed, ... and then nothing was saved
   */
  async add(draft: LocationDraft, variables?: Readonly<Record<string, string>>): Promise<LocationView> {
    this.#requireFreeName(draft.name, null);
    const asked = await this.#ask(draft, null);
    const location = await this.#try(asked);
    const secret = variables === undefined ? await this.#keep(asked.secrets) : { kind: 'environment' as const, variables };
    return this.#save({ ...asked.config, id: randomUUID(), secret }, location);
  }

  /** As {@link add}. */
  async update(id: string, draft: LocationDraft, variables?: Readonly<Record<string, string>>): Promise<LocationView> {
    const { config: before } = this.#entry(id);
    this.#requireFreeName(draft.name, id);
    const asked = await this.#ask(draft, before);
    const location = await this.#try(asked);
    const secret = !asked.secretsChanged ? before.secret : variables === undefined ? await this.#keep(asked.secrets) : { kind: 'environment' as const, variables: { ...secretVariables(before.secret), ...variables } };
    const saved = await this.#save({ ...asked.config, id, secret }, location);
    if (asked.secretsChanged) await this.#secrets.forget(before.secret);
    return saved;
  }

  /**
   * Lets a location trust the server that shows exactly this fingerprint now, after a person compared it; saved when it then connects.
   * @throws untrusted_server when the server shows another one, or when another one was trusted before: replacing that takes an edit
   */
  async trust(id: string, value: string): Promise<LocationView> {
    const { config } = this.#entry(id);
    const offer = await this.#offer(config);
    if (offer === null) return this.reconnect(id);
    requireOffered(config.name, offer, value);
    return this.update(id, { ...config, secret: undefined, options: { ...config.options, [offer.trustOption]: offer.trustValue } });
  }

  /** Forgets the location and its secret; what is stored there stays. */
  async remove(id: string): Promise<void> {
    const entry = this.#entry(id);
    await this.#database.locations.remove(id);
    await this.#secrets.forget(entry.config.secret);
    await this.#drop(id, entry);
    this.#publish();
  }

  /** Connects with a draft and says what was found; nothing is saved. The secrets that the draft does not change are lent by the location `id`. */
  async test(draft: LocationDraft, id?: string): Promise<ProbeReport> {
    const location = await this.#try(await this.#ask(draft, id === undefined ? null : this.#entry(id).config));
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

  /** What a draft comes to, with the saved secrets that it does not change. @throws invalid_config */
  async #ask(draft: LocationDraft, saved: LocationConfig | null): Promise<Asked> {
    const definition = this.#registry.get(draft.backend);
    const config = { name: parseLocationName(draft.name), backend: draft.backend, uri: draft.uri.trim(), options: parseOptions(definition, draft.options), proof: draft.proof, sizeLimit: tidySizeLimit(draft.sizeLimit) };
    const changes = changedSecrets(definition, draft);
    const kept = saved === null ? [] : keptKeys(saved, changes);
    if (saved !== null && kept.length > 0) requireSameServer(definition, saved, config);
    const secrets = mergeSecrets(saved === null || kept.length === 0 ? {} : await this.#secrets.read(saved.secret), kept, changes);
    requireSecrets(definition, config.options, secrets);
    return { config, secrets, secretsChanged: Object.keys(changes).length > 0 };
  }

  #requireFreeName(name: string, id: string | null): void {
    const wanted = parseLocationName(name).toLowerCase();
    const taken = this.configs().find((config) => config.name.toLowerCase() === wanted && config.id !== id);
    if (taken !== undefined) throw new StorageError('already_exists', `There is a location ${JSON.stringify(taken.name)} already: expected a name of its own.`);
  }

  async #keep(secrets: Secrets): Promise<LocationConfig['secret']> {
    return Object.keys(secrets).length === 0 ? { kind: 'none' } : this.#secrets.store(secrets);
  }

  async #try({ config, secrets }: Pick<Asked, 'config' | 'secrets'>): Promise<StorageLocation> {
    const connect: ConnectConfig = { ...connectConfig(config, secrets), ...(this.#network !== undefined && { network: this.#network }) };
    try {
      return await this.#registry.get(config.backend).connect(connect);
    } catch (error) {
      throw aboutLocation(wrapError(error, `connect to ${config.uri}`));
    }
  }

  async #placeOf(config: LocationConfig, { findings, connections }: StorageLocation): Promise<ConnectedPlace> {
    this.#generations += 1;
    const generation = this.#generations;
    const connect = connectConfig(config, await this.#secrets.read(config.secret));
    const threads = this.#registry.get(config.backend).sharesMemory !== true;
    return { config, generation, threads, connections: Number.isSafeInteger(connections) ? connections : null, connect: { ...connect, findings } };
  }

  /** What the server of a location offers to trust now; null when it is trusted. @throws what else keeps it from connecting */
  async #offer(config: LocationConfig): Promise<TrustOffer | null> {
    try {
      await (await this.#try({ config, secrets: await this.#secrets.read(config.secret) })).close();
      return null;
    } catch (error) {
      const offer = error instanceof StorageError ? trustOfferOf(error) : null;
      if (offer === null || offer.trust === 'changed') throw error;
      return offer;
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
    const entry: Entry = { config, state: { kind: 'ready' }, connection: Promise.resolve(location), place: null };
    this.#entries.set(config.id, entry);
    this.#publish();
    return this.#view(entry);
  }

  async #open(entry: Entry): Promise<StorageLocation> {
    this.#setState(entry, { kind: 'connecting' });
    try {
      const location = await this.#try({ config: entry.config, secrets: await this.#secrets.read(entry.config.secret) });
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
    entry.place = null;
    entry.state = { kind: 'unknown' };
    for (const listener of this.#disconnectListeners) listener(entry.config.id);
    if (connection === null) return;
    const location = await connection.catch(() => null);
    await location?.close();
  }

  async #drop(id: string, entry: Entry): Promise<void> {
    this.#entries.delete(id);
    await this.#disconnect(entry);
  }

  async #view({ config, state, connection }: Entry): Promise<LocationView> {
    const { secret, ...rest } = config;
    const location = state.kind === 'ready' ? await connection?.catch(() => null) : null;
    return { ...rest, secretsSet: this.#secrets.present(secret), state, capabilities: location?.capabilities ?? null };
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

function connectConfig({ uri, options, proof, sizeLimit }: Asked['config'], { [MAIN_SECRET]: main, ...secrets }: Secrets): Omit<ConnectConfig, 'network'> {
  const secret = main ?? null;
  return { uri, options, secret, secrets, proof, sizeLimit };
}

/** What is not there is the place itself, so looking for it in a list is no help. */
function aboutLocation(error: StorageError): StorageError {
  if (error.code !== 'not_found') return error;
  return new StorageError(error.code, error.message, { cause: error, context: { ...error.context, reason: 'location_missing' } });
}
