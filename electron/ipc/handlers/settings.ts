import type { AppInfo, BackendView, Settings } from '../../../shared/ipc/views.ts';
import type { BackendDefinition } from '../../storage/backend-definition.ts';
import type { Database } from '../../database/open-database.ts';
import type { PluginState } from '../../storage/plugins/load-plugins.ts';
import type { Registry } from '../../storage/registry.ts';
import type { HandlersFor } from '../router.ts';

export interface SettingsServices {
  readonly info: () => AppInfo;
  readonly registry: Registry;
  readonly plugins: readonly PluginState[];
  readonly database: Database;
  readonly settings: () => Promise<Settings>;
  /** told after a change was saved */
  readonly changed: (settings: Settings) => void;
}

export function settingsHandlers({ info, registry, plugins, database, settings, changed }: SettingsServices): HandlersFor<'app'> & HandlersFor<'settings'> & HandlersFor<'backends'> {
  return {
    'app.info': info,
    'settings.get': settings,
    'settings.set': async (change) => {
      const given = Object.entries(change).filter(([, value]) => value !== undefined);
      await database.settings.set(Object.fromEntries(given) as Partial<Settings>);
      const now = await settings();
      changed(now);
      return now;
    },
    'backends.suggestions': async ({ backend }) => (await registry.get(backend).suggestions?.()) ?? [],
    'backends.list': () => registry.list().map((definition) => backendView(definition, plugins)),
  };
}

function backendView({ name, title, description, uriLabel, uriPlaceholder, uriIsFolder, secretLabel, fields }: BackendDefinition, plugins: readonly PluginState[]): BackendView {
  const plugin = plugins.find(({ state, backends }) => state === 'enabled' && backends.includes(name))?.package ?? null;
  return { name, title, description, uriLabel, uriPlaceholder, uriIsFolder, secretLabel, fields, plugin };
}
