import { StorageError } from '../../../shared/storage/errors.ts';
import { DEFAULT_PROOF_POLICY } from '../../../shared/storage/evidence.ts';
import type { LocationView } from '../../../shared/ipc/views.ts';
import { trustOfferOf } from '../../../shared/storage/trust-offer.ts';
import type { LocationDraft } from '../../locations/location-draft.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import { EXIT } from '../exit-code.ts';
import { parseBytes } from '../parse-bytes.ts';
import { type GivenSecrets, parseOptionWords, parseReadBack, readSecretWords, trustOptionFor } from './location-options.ts';

export interface EditOptions {
  readonly uri?: string;
  readonly option: readonly string[];
  readonly secretEnv: readonly string[];
  readonly sizeLimit?: string;
  readonly readBack?: string;
}

export interface AddOptions extends EditOptions {
  readonly backend: string;
  readonly uri: string;
  readonly trust?: string;
}

export async function listLocations({ app, output }: CommandContext): CommandResult {
  for (const { id, name, backend, uri, options, secretsSet, proof, sizeLimit } of await app.locations.list()) {
    output.row({ type: 'location', id, name, backend, uri, options, secretsSet, proof, sizeLimit }, `${name}\t${backend}\t${uri}`);
  }
  return EXIT.proven;
}

export async function addLocation(context: CommandContext, name: string, given: AddOptions): CommandResult {
  const { app, keychain } = context;
  const { backend, uri, trust } = given;
  const secrets = readSecretWords(given.secretEnv, process.env);
  const pinned = trust === undefined ? {} : { [trustOptionFor(app.registry.get(backend), trust)]: trust };
  const draft: LocationDraft = {
    name, backend, uri,
    options: { ...parseOptionWords(given.option), ...pinned },
    proof: { ...DEFAULT_PROOF_POLICY, ...(given.readBack !== undefined && { readBack: parseReadBack(given.readBack) }) },
    sizeLimit: given.sizeLimit === undefined ? null : { bytes: parseBytes(given.sizeLimit, '--size-limit') },
    ...secretsOf(secrets),
  };
  const added = await withTrust(trust, () => app.locations.add(draft, keychain ? undefined : variablesOf(secrets)));
  return saved(context, added, 'Added', secrets);
}

/** Changes what is given and leaves the rest; an option without a value goes back to its default. */
export async function editLocation(context: CommandContext, name: string, given: EditOptions): CommandResult {
  const { app, keychain } = context;
  const { secret: _reference, id, ...present } = app.locations.named(name);
  const secrets = readSecretWords(given.secretEnv, process.env);
  const draft: LocationDraft = {
    ...present,
    uri: given.uri ?? present.uri,
    options: { ...present.options, ...parseOptionWords(given.option) },
    proof: { ...present.proof, ...(given.readBack !== undefined && { readBack: parseReadBack(given.readBack) }) },
    sizeLimit: given.sizeLimit === undefined ? present.sizeLimit : { bytes: parseBytes(given.sizeLimit, '--size-limit') },
    ...secretsOf(secrets),
  };
  return saved(context, await app.locations.update(id, draft, keychain ? undefined : variablesOf(secrets)), 'Changed', secrets);
}

/** Only the server that shows that fingerprint, and only where none is trusted yet. */
export async function trustLocation({ app, output }: CommandContext, name: string, fingerprint: string): CommandResult {
  const { id } = app.locations.named(name);
  const view = await app.locations.trust(id, fingerprint);
  output.row(savedRow(view), `${view.name} trusts its server and is connected.`);
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

function secretsOf({ secret, secrets }: GivenSecrets): Pick<LocationDraft, 'secret' | 'secrets'> {
  return { ...(secret !== undefined && { secret }), ...(Object.keys(secrets).length > 0 && { secrets }) };
}

function variablesOf({ variables }: GivenSecrets): Readonly<Record<string, string>> | undefined {
  return Object.keys(variables).length === 0 ? undefined : variables;
}

function saved({ output, keychain }: CommandContext, view: LocationView, done: 'Added' | 'Changed', { variables }: GivenSecrets): typeof EXIT.proven {
  const names = Object.values(variables);
  if (names.length > 0 && !keychain) output.note(`There is no keychain, so no secret was stored: keep ${names.join(' and ')} set when you use ${view.name}.`);
  output.row(savedRow(view), `${done} ${view.name}.`);
  return EXIT.proven;
}

function savedRow({ id, name, backend, uri, options, secretsSet, capabilities }: LocationView): Readonly<Record<string, unknown>> {
  return { type: 'location', id, name, backend, uri, options, secretsSet, capabilities };
}

/** A server that shows another fingerprint than the one that was asked for is not one that "changed": nobody trusted one before. */
async function withTrust<T>(fingerprint: string | undefined, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const offer = error instanceof StorageError ? trustOfferOf(error) : null;
    if (fingerprint === undefined || offer === null) throw error;
    throw new StorageError('untrusted_server', `The server shows the fingerprint ${offer.trustValue}, not ${fingerprint}: it is not trusted, and nothing was saved.`, { cause: error });
  }
}
