import type { CommandContext, CommandResult } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';

/** Registered backends, one a line. */
export function listBackends({ app, output }: CommandContext): CommandResult {
  for (const { name, title, description, fields, secretLabel } of app.registry.list()) {
    output.row({ type: 'backend', name, title, description, options: fields.map(({ key, kind, required, help }) => ({ key, kind, required, help })), secret: secretLabel }, `${name}\t${title}: ${description}`);
  }
  return Promise.resolve(EXIT.proven);
}
