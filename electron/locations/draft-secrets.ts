import { StorageError } from '../../shared/storage/errors.ts';
import { isFieldShown, namesServer, secretKeys } from '../../shared/storage/config-fields.ts';
import { type LocationConfig, type LocationOptions, MAIN_SECRET } from '../../shared/storage/location.ts';
import type { BackendDefinition } from '../storage/backend-definition.ts';
import type { LocationDraft } from './location-draft.ts';
import type { Secrets } from './secret-store.ts';

/** What a draft says of secrets, by key: a new one, or an empty one to forget it. @throws invalid_config for one that the backend does not have */
export function changedSecrets(definition: BackendDefinition, { secret, secrets = {} }: Pick<LocationDraft, 'secret' | 'secrets'>): Secrets {
  const known = definition.fields.filter(({ kind }) => kind === 'secret').map(({ key }) => key);
  for (const key of Object.keys(secrets)) {
    if (!known.includes(key)) throw new StorageError('invalid_config', `The backend ${definition.name} has no secret ${JSON.stringify(key)} beside its main one. Known: ${known.join(', ') || 'none'}.`);
  }
  if (secret !== undefined && secret !== '' && definition.secretLabel === null) throw new StorageError('invalid_config', `The backend ${definition.name} takes no main secret: expected ${known.length === 0 ? 'none at all' : `one for ${known.join(', ')}`}.`);
  return { ...secrets, ...(secret !== undefined && { [MAIN_SECRET]: secret }) };
}

/** Keys of saved secrets that a change of others leaves as they are. */
export function keptKeys(saved: LocationConfig, changes: Secrets): readonly string[] {
  return secretKeys(saved.secret).filter((key) => !Object.hasOwn(changes, key));
}

/** The saved ones that stay, and the new ones. */
export function mergeSecrets(saved: Secrets, kept: readonly string[], changes: Secrets): Secrets {
  const all = [...Object.entries(saved).filter(([key]) => kept.includes(key)), ...Object.entries(changes)];
  return Object.fromEntries(all.filter(([, value]) => value !== ''));
}

/** @throws invalid_config when a secret is missing without which the backend cannot connect */
export function requireSecrets({ fields }: BackendDefinition, options: LocationOptions, secrets: Secrets): void {
  const missing = fields.find((field) => field.kind === 'secret' && field.required && secrets[field.key] === undefined && isFieldShown(field, fields, options));
  if (missing !== undefined) throw new StorageError('invalid_config', `${missing.label} is missing.`, { context: { field: missing.key } });
}

/**
 * Saved secrets were given for one server and are not sent to or through another: not when the address changes, nor an option that says
 * where they go. @throws invalid_config
 */
export function requireSameServer(definition: BackendDefinition, saved: LocationConfig, asked: Pick<LocationConfig, 'backend' | 'uri' | 'options'>): void {
  const refused = (where: string, now: string) => new StorageError('invalid_config', `The saved secret belongs to ${where}: enter the secret for ${now}, or forget it.`, { context: { field: MAIN_SECRET } });
  if (saved.backend !== asked.backend || serverOf(saved.uri) !== serverOf(asked.uri)) throw refused(serverOf(saved.uri), serverOf(asked.uri));
  for (const field of definition.fields) {
    if (field.kind === 'secret' || !namesServer(field)) continue;
    const [before, now] = [saved, asked].map(({ options }) => String(options[field.key] ?? field.default ?? ''));
    if (before !== now) throw refused(`${field.label} ${JSON.stringify(before)}`, JSON.stringify(now));
  }
}

function serverOf(uri: string): string {
  const url = URL.canParse(uri.trim()) ? new URL(uri.trim()) : null;
  return url === null || url.host === '' ? uri.trim() : `${url.protocol}//${url.host}`;
}
