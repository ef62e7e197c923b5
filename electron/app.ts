import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SETTINGS, type Settings } from '../shared/ipc/views.ts';
import { StorageError } from '../shared/storage/errors.ts';
import { Checks } from './browsing/checks.ts';
import { Jobs } from './browsing/jobs.ts';
import { Listings } from './browsing/listings.ts';
import { LocalItems } from './browsing/local-items.ts';
import { StoredVersions } from './browsing/stored-versions.ts';
import { type Database, openDatabase } from './database/open-database.ts';
import { addLocalLibrary } from './locations/local-library.ts';
import { Locations } from './locations/locations.ts';
import type { SecretStore } from './locations/secret-store.ts';
import { BUILT_IN_BACKENDS } from './storage/built-in.ts';
import type { Network } from './storage/network/proxy.ts';
import { makeFolders } from './storage/make-folders.ts';
import { type PluginState, loadPlugins } from './storage/plugins/load-plugins.ts';
import { Registry } from './storage/registry.ts';
import { Bandwidth } from './transfers/bandwidth.ts';
import { ThreadPool } from './transfers/threads/thread-pool.ts';
import { TransferQueue } from './transfers/transfer-queue.ts';

/** Transfer threads at most: more would only wait for disks and lines. */
const MOST_THREADS = 4;

export interface AppOptions {
  /** where database and plugins live */
  readonly folder: string;
  readonly libraryFolder: string;
  /** the programs of the threads */
  readonly threads: { readonly database: URL; readonly transfers: URL };
  readonly appVersion: string;
  readonly secrets: (database: Database) => SecretStore;
  /** how this computer reaches other ones */
  readonly network: Network;
  /** the window takes over transfers that a dead process left; a single command does not */
  readonly takeOver: boolean;
}

/** Everything that the window and the command line share, constructed in one place. */
export interface App {
  readonly database: Database;
  readonly registry: Registry;
  readonly plugins: readonly PluginState[];
  readonly locations: Locations;
  readonly listings: Listings;
  readonly items: LocalItems;
  readonly checks: Checks;
  readonly versions: StoredVersions;
  readonly jobs: Jobs;
  readonly queue: TransferQueue;
  /** of all transfers of this process */
  readonly bandwidth: Bandwidth;
  /** things to tell once: what was set aside, what could not be loaded */
  readonly notices: readonly string[];
  settings(): Promise<Settings>;
  close(): Promise<void>;
}

export async function startApp(options: AppOptions): Promise<App> {
  await makeFolders(options.folder, 0o700).catch((error: unknown) => {
    throw new StorageError('invalid_config', `The data folder ${options.folder} cannot be made: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  });
  const database = await openDatabase({ folder: options.folder, threadUrl: options.threads.database });
  const stored = await database.settings.get();
  const settings = async (): Promise<Settings> => {
    const { theme, concurrency, conflict, uploadLimit, downloadLimit } = { ...DEFAULT_SETTINGS, ...(await database.settings.get()) };
    return { theme, concurrency, conflict, uploadLimit, downloadLimit };
  };
  const registry = new Registry(BUILT_IN_BACKENDS);
  const pluginFolder = join(options.folder, 'plugins');
  const plugins = await loadPlugins({ folder: pluginFolder, enabled: new Set(stored.enabledPlugins), registry });
  const locations = await Locations.load({ registry, database, secrets: options.secrets(database), network: options.network });
  const notices = [...database.notices, ...plugins.flatMap((plugin) => (plugin.state === 'failed' ? [`The plugin ${plugin.package} does not run: ${plugin.error.message}`] : []))];
  if (locations.configs().length === 0 && stored.libraryMade !== true) {
    const made = addLocalLibrary(locations, options.libraryFolder).then(() => database.settings.set({ libraryMade: true }));
    await made.catch((error: unknown) => {
      notices.push(`The Local library could not be made in ${options.libraryFolder}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  const connect = (id: string) => locations.connect(id);
  const bandwidth = new Bandwidth();
  bandwidth.set({ up: stored.uploadLimit ?? null, down: stored.downloadLimit ?? null });
  const runner = new ThreadPool({
    bandwidth,
    url: options.threads.transfers,
    pluginFolder,
    enabledPlugins: stored.enabledPlugins ?? [],
    network: options.network,
    size: Math.min(MOST_THREADS, availableParallelism()),
    connect,
    placeOf: (id) => locations.placeOf(id),
  });
  locations.onDisconnect((id) => runner.disconnect(id));
  const queue = new TransferQueue({
    database,
    connect,
    runner,
    appVersion: options.appVersion,
    concurrency: stored.concurrency ?? DEFAULT_SETTINGS.concurrency,
  });
  await queue.start({ takeOver: options.takeOver });
  const listings = new Listings(locations, database);
  const jobs = new Jobs();
  return {
    database, registry, plugins, locations, listings, jobs, queue, bandwidth, notices, settings,
    items: new LocalItems(),
    checks: new Checks(locations, database),
    versions: new StoredVersions(locations),
    close: async () => {
      jobs.close();
      listings.close();
      await queue.close();
      await locations.close();
      await database.close();
    },
  };
}
