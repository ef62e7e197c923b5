import { StorageError } from '../../../shared/storage/errors.ts';
import { DEFAULT_PROOF_POLICY, type ProofPolicy } from '../../../shared/storage/evidence.ts';
import type { LocationDraft } from '../../locations/location-draft.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { parseBytes } from '../parse-bytes.ts';

export interface AddOptions {
  readonly backend: string;
  readonly uri: string;
  readonly option: readonly string[];
  readonly secretEnv?: string;
  readonly sizeLimit?: string;
  readonly readBack?: string;
}

export async function listLocations({ app, output }: CommandContext): CommandResult {
  for (const { id, name, backend, uri, options, secretSet, proof, sizeLimit } of await app.locations.list()) {
    output.row({ type: 'location', id, name, backend, uri, options, secretSet, proof, sizeLimit }, `${name}\t${backend}\t${uri}`);
  }
  return EXIT.proven;
}

export async function addLocation({ app, output, keychain }: CommandContext, name: string, options: AddOptions): CommandResult {
  const draft: LocationDraft = {
    name,
    backend: options.backend,
    uri: options.uri,
    options: Object.fromEntries(options.option.map(parseOption)),
    proof: { ...DEFAULT_PROOF_POLICY, ...(options.readBack !== undefined && { readBack: parseReadBack(options.readBack) }) },
    sizeLimit: options.sizeLimit === undefined ? null : { bytes: parseBytes(options.sizeLimit, '--size-limit') },
    ...(options.secretEnv !== undefined && { secret: secretFrom(options.secretEnv) }),
  };
  const added = await app.locations.add(draft, keychain ? undefined : options.secretEnv);
  if (draft.secret !== undefined && !keychain) output.note(`There is no keychain, so the secret was not stored: keep ${options.secretEnv ?? ''} set when you use ${added.name}.`);
  output.row({ type: 'location', id: added.id, name: added.name, backend: added.backend, uri: added.uri, capabilities: added.capabilities }, `Added ${added.name}.`);
  return EXIT.proven;
}

export async function removeLocation({ app, output }: CommandContext, name: string): CommandResult {
  const config = app.locations.named(name);
  await app.locations.remove(config.id);
  output.row({ type: 'removed', id: config.id, name: config.name }, `Removed ${config.name}. What is stored there stays.`);
  return EXIT.proven;
}

export async function testLocation({ app, output, signal }: CommandContext, name: string): CommandResult {
  const { config, location } = await app.locations.connect(app.locations.named(name).id);
  const report = await location.probe({ signal });
  if (output.json) output.row({ type: 'probe', name: config.name, ...report, capabilities: location.capabilities }, '');
  else for (const { ok, text } of report.lines) output.row({}, `${ok ? 'yes' : 'no '}  ${text}`);
  return report.ok ? EXIT.proven : EXIT.failed;
}

function parseOption(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new StorageError('invalid_config', `--option ${JSON.stringify(text)} is not KEY=VALUE.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function parseReadBack(text: string): ProofPolicy['readBack'] {
  return text === 'always' || text === 'never' ? text : { upTo: parseBytes(text, '--read-back') };
}

function secretFrom(variable: string): string {
  const secret = process.env[variable];
  if (secret === undefined || secret === '') throw new StorageError('invalid_config', `The environment variable ${variable}, named by --secret-env, is not set.`);
  return secret;
}
