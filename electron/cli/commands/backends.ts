import type { ConfigField } from '../../../shared/storage/location.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';

/** Registered backends, each with its options and secrets. */
export function listBackends({ app, output }: CommandContext): CommandResult {
  for (const { name, title, description, uriLabel, uriPlaceholder, fields, secretLabel } of app.registry.list()) {
    const record = { type: 'backend', name, title, description, uri: { label: uriLabel, example: uriPlaceholder }, options: fields.filter(({ kind }) => kind !== 'secret'), secret: secretLabel, secrets: fields.filter(({ kind }) => kind === 'secret').map(({ key, label, help }) => ({ key, label, help })) };
    output.row(record, `${name}\t${title}: ${description}`);
    if (output.json) continue;
    output.row({}, `    --uri ${uriPlaceholder}`);
    if (secretLabel !== null) output.row({}, `    --secret-env VARIABLE\t${secretLabel}`);
    for (const field of fields) output.row({}, `    ${fieldText(field)}`);
  }
  return Promise.resolve(EXIT.proven);
}

function fieldText({ key, kind, label, choices = [], default: standard }: ConfigField): string {
  if (kind === 'secret') return `--secret-env ${key}=VARIABLE\t${label}`;
  const values = choices.length > 0 ? choices.map(({ value }) => value).join('|') : kind === 'boolean' ? 'true|false' : kind.toUpperCase();
  const more = standard === undefined || standard === '' ? '' : ` (default ${String(standard)})`;
  return `--option ${key}=${values}\t${label}${more}`;
}
