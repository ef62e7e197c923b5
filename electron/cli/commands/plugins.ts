import { StorageError } from '../../../shared/storage/errors.ts';
import type { PluginState } from '../../storage/plugins/load-plugins.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';

/** Packages in the plugins folder, with their state. */
export function listPlugins({ app, output }: CommandContext): CommandResult {
  for (const plugin of app.plugins) output.row({ type: 'plugin', ...plugin }, pluginText(plugin));
  return Promise.resolve(EXIT.proven);
}

/** Allows a plugin to run, or forbids it, from the next start on. */
export async function setPluginEnabled({ app, output }: CommandContext, name: string, enabled: boolean): CommandResult {
  const known = app.plugins.map((plugin) => plugin.package);
  if (!known.includes(name)) throw new StorageError('invalid_config', `There is no plugin ${JSON.stringify(name)}. Known: ${known.join(', ') || 'none'}.`);
  const { enabledPlugins = [] } = await app.database.settings.get();
  const others = enabledPlugins.filter((other) => other !== name);
  await app.database.settings.set({ enabledPlugins: enabled ? [...others, name] : others });
  output.row({ type: 'plugin', package: name, state: enabled ? 'enabled' : 'disabled' }, `${name} is ${enabled ? 'enabled' : 'disabled'} from the next start on.`);
  return EXIT.proven;
}

function pluginText(plugin: PluginState): string {
  return `${plugin.package}\t${plugin.state}\t${plugin.state === 'failed' ? plugin.error.message : plugin.backends.join(', ')}`;
}
