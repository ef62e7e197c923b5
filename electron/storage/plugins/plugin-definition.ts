import { z } from 'zod';
import { StorageError } from '../../../shared/storage/errors.ts';
import type { ConfigField } from '../../../shared/storage/location.ts';
import type { BackendDefinition, ConnectConfig } from '../backend-definition.ts';
import type { OperationOptions } from '../storage-backend.ts';
import { StorageLocation } from '../storage-location.ts';
import { wrapError } from '../wrap-error.ts';
import { firstIssue } from './first-issue.ts';

const VALUE = z.union([z.string(), z.number(), z.boolean()]);

const FIELD = z.object({
  key: z.string().min(1),
  label: z.string().min(1),
  kind: z.enum(['text', 'number', 'boolean', 'choice', 'path', 'secret']),
  required: z.boolean(),
  help: z.string(),
  placeholder: z.string().optional(),
  choices: z.array(z.object({ value: z.string(), label: z.string() })).optional(),
  default: VALUE.optional(),
  advanced: z.boolean().optional(),
  showIf: z.object({ key: z.string(), is: z.array(VALUE) }).optional(),
});

const DEFINITION = z.object({
  name: z.string(),
  title: z.string().min(1),
  description: z.string(),
  uriLabel: z.string(),
  uriPlaceholder: z.string(),
  uriIsFolder: z.boolean(),
  secretLabel: z.string().nullable(),
  fields: z.array(FIELD),
  sharesMemory: z.boolean().optional(),
  connect: z.custom<BackendDefinition['connect']>((value) => typeof value === 'function', 'expected a function'),
});

/**
 * Takes over what `createBackend` gave: a copy of its plain data, and a `connect` whose answer is looked at too.
 * @throws StorageError plugin_failed that names what is wrong
 */
export function parseDefinition(name: string, given: unknown): BackendDefinition {
  const parsed = DEFINITION.safeParse(given);
  if (!parsed.success) throw new StorageError('plugin_failed', `createBackend() of ${JSON.stringify(name)} gave no backend definition: ${firstIssue(parsed.error)}.`);
  const { connect, fields, sharesMemory = false, ...words } = parsed.data;
  if (words.name !== name) throw new StorageError('plugin_failed', `createBackend() gave a backend ${JSON.stringify(words.name)}, but package.json names it ${JSON.stringify(name)}.`);
  return {
    ...words,
    sharesMemory,
    fields: fields.map(withoutUndefined),
    async connect(config: ConnectConfig, options?: OperationOptions) {
      const location: unknown = await Promise.resolve()
        .then(() => connect.call(given, config, options))
        .catch((error: unknown) => Promise.reject(wrapError(error, `connect to ${config.uri}`, { backend: name })));
      if (location instanceof StorageLocation) return location;
      throw new StorageError('plugin_failed', `connect() of the backend ${JSON.stringify(name)} gave no StorageLocation of this Holdfast: expected a class that extends host.StorageLocation.`, { context: { backend: name } });
    },
  };
}

function withoutUndefined({ placeholder, choices, default: value, advanced, showIf, ...field }: z.infer<typeof FIELD>): ConfigField {
  return { ...field, ...(placeholder !== undefined && { placeholder }), ...(choices && { choices }), ...(value !== undefined && { default: value }), ...(advanced !== undefined && { advanced }), ...(showIf && { showIf }) };
}
