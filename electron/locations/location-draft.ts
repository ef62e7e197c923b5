import { isFieldShown } from '../../shared/storage/config-fields.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { ProofPolicy } from '../../shared/storage/evidence.ts';
import type { ConfigField, LocationOptions, SizeLimit } from '../../shared/storage/location.ts';
import type { BackendDefinition } from '../storage/backend-definition.ts';

/** What a person fills in. `secret`, and each of the further `secrets` by the key of its field: absent keeps what is there, empty forgets it. */
export interface LocationDraft {
  readonly name: string;
  readonly backend: string;
  readonly uri: string;
  readonly options: LocationOptions;
  readonly secret?: string | undefined;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  readonly proof: ProofPolicy;
  readonly sizeLimit: { readonly bytes: number; readonly reason?: string | undefined } | null;
}

/** Names are used as `NAME:/path` on the command line, so a colon, a slash and a single letter (a Windows drive) cannot be one. @throws invalid_config */
export function parseLocationName(text: string): string {
  const name = text.trim();
  const control = [...name].some((character) => character < ' ' || character === '\u007f');
  if (name.length < 2 || name.length > 100 || /[:/\\]/.test(name) || control) {
    throw new StorageError('invalid_config', `${JSON.stringify(text.slice(0, 120))} cannot name a location: expected 2 to 100 characters without ":", "/" and "\\".`, { context: { field: 'name' } });
  }
  return name;
}

/** Checks the options against the backend's form and fills in defaults; secrets are none of them. @throws invalid_config that names the field, the value and what was expected */
export function parseOptions(definition: BackendDefinition, options: LocationOptions): LocationOptions {
  const { fields } = definition;
  const known = new Set(fields.map(({ key }) => key));
  for (const key of Object.keys(options)) {
    if (!known.has(key)) throw new StorageError('invalid_config', `The backend ${definition.name} has no option ${JSON.stringify(key)}. Known: ${[...known].join(', ') || 'none'}.`);
  }
  const parsed: Record<string, string | number | boolean> = {};
  for (const field of fields) {
    const given = Object.hasOwn(options, field.key) ? options[field.key] : undefined;
    const value = given === undefined || given === '' ? field.default : parseOption(field, given);
    if (value !== undefined) parsed[field.key] = value;
    else if (field.required && field.kind !== 'secret' && isFieldShown(field, fields, options)) throw new StorageError('invalid_config', `The option ${field.key} (${field.label}) is missing.`, { context: { field: field.key } });
  }
  return parsed;
}

function parseOption(field: ConfigField, value: string | number | boolean): string | number | boolean {
  const wrong = (expected: string) => new StorageError('invalid_config', `The option ${field.key} (${field.label}) cannot be ${JSON.stringify(value)}: expected ${expected}.`, { context: { field: field.key } });
  switch (field.kind) {
    case 'number': {
      const number = typeof value === 'string' ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isFinite(number)) throw wrong('a number');
      return number;
    }
    case 'boolean':
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      throw wrong('true or false');
    case 'choice': {
      const choices = (field.choices ?? []).map((choice) => choice.value);
      if (!choices.includes(String(value))) throw wrong(`one of ${choices.join(', ')}`);
      return String(value);
    }
    case 'secret':
      throw new StorageError('invalid_config', `The option ${field.key} (${field.label}) is a secret: give it as one, so that it is not saved in clear text.`, { context: { field: field.key } });
    case 'text':
    case 'path':
      if (typeof value !== 'string') throw wrong('text');
      return value;
  }
}

/** An absent reason stays absent. */
export function tidySizeLimit(limit: LocationDraft['sizeLimit']): SizeLimit | null {
  if (limit === null) return null;
  const reason = limit.reason?.trim() ?? '';
  return reason === '' ? { bytes: limit.bytes } : { bytes: limit.bytes, reason };
}
