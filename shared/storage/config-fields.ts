import { type ConfigField, type LocationOptions, MAIN_SECRET, type SecretReference } from './location.ts';

/** Whether a field has a say with these options: `showIf` looks at another field's value, or at its default, and that one must be shown too. */
export function isFieldShown(field: ConfigField, fields: readonly ConfigField[], options: LocationOptions): boolean {
  return isShown(field, fields, options, new Set());
}

function isShown(field: ConfigField, fields: readonly ConfigField[], options: LocationOptions, asked: Set<string>): boolean {
  const { showIf } = field;
  // A field that depends on itself in a circle is shown: hiding it would leave no way to fill it in.
  if (showIf === undefined || asked.has(field.key)) return true;
  const other = fields.find(({ key }) => key === showIf.key);
  if (other === undefined || !isShown(other, fields, options, asked.add(field.key))) return false;
  return showIf.is.includes(valueOf(other, options));
}

function valueOf(field: ConfigField, options: LocationOptions): string | number | boolean {
  const given = options[field.key] ?? field.default ?? (field.kind === 'boolean' ? false : '');
  if (field.kind === 'boolean' && typeof given === 'string') return given === 'true';
  return field.kind === 'number' && typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
}

/** Whether a change of this option sends the secrets somewhere else. */
export function namesServer({ kind, namesServer: said }: ConfigField): boolean {
  return said ?? kind === 'text';
}

/** Keys of the secrets that are kept; the main one's is {@link MAIN_SECRET}. */
export function secretKeys(reference: SecretReference): readonly string[] {
  switch (reference.kind) {
    case 'none':
      return [];
    case 'environment':
      return Object.keys(secretVariables(reference));
    case 'keychain':
    case 'session':
      return reference.keys ?? [MAIN_SECRET];
  }
}

/** Environment variables that secrets are read from, by the keys of the secrets. */
export function secretVariables(reference: SecretReference): Readonly<Record<string, string>> {
  if (reference.kind !== 'environment') return {};
  return 'variables' in reference ? reference.variables : { [MAIN_SECRET]: reference.variable };
}
