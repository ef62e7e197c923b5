import { StorageError } from '../../../shared/storage/errors.ts';
import type { ProofPolicy } from '../../../shared/storage/evidence.ts';
import { MAIN_SECRET } from '../../../shared/storage/location.ts';
import type { TrustOffer } from '../../../shared/storage/trust-offer.ts';
import type { BackendDefinition } from '../../storage/backend-definition.ts';
import { parseBytes } from '../parse-bytes.ts';

/** `--option KEY=VALUE`, repeated; the value may be empty. @throws invalid_config */
export function parseOptionWords(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 1) throw new StorageError('invalid_config', `--option ${JSON.stringify(word)} is not KEY=VALUE.`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  }));
}

/** Secrets by key, and the environment variables that they were read from. */
export interface GivenSecrets {
  readonly variables: Readonly<Record<string, string>>;
  readonly secret: string | undefined;
  readonly secrets: Readonly<Record<string, string>>;
}

/** `--secret-env VARIABLE` for the main secret and `--secret-env KEY=VARIABLE` for another, repeated. Secrets themselves are never words of a command. @throws invalid_config */
export function readSecretWords(words: readonly string[], environment: Readonly<Record<string, string | undefined>>): GivenSecrets {
  const variables: Record<string, string> = {};
  const values: Record<string, string> = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    const [key, variable] = equals < 0 ? [MAIN_SECRET, word] : [word.slice(0, equals), word.slice(equals + 1)];
    if (key === '' || variable === '') throw new StorageError('invalid_config', '--secret-env is neither VARIABLE nor KEY=VARIABLE.');
    const value = environment[variable];
    if (value === undefined || value === '') throw new StorageError('invalid_config', `The environment variable ${variable}, named by --secret-env, is not set.`);
    variables[key] = variable;
    values[key] = value;
  }
  const { [MAIN_SECRET]: secret, ...secrets } = values;
  return { variables, secret, secrets };
}

export function parseReadBack(text: string): ProofPolicy['readBack'] {
  return text === 'always' || text === 'never' ? text : { upTo: parseBytes(text, '--read-back') };
}

/** The option of the backend that holds a fingerprint of that form. @throws invalid_config */
export function trustOptionFor({ name, fields }: Pick<BackendDefinition, 'name' | 'fields'>, fingerprint: string): TrustOffer['trustOption'] {
  const isHex = /^(sha-?256[:=]?)?\s*[0-9a-f]{2}(:?[0-9a-f]{2}){31}$/i.test(fingerprint.trim());
  const option = isHex ? 'certificate' : 'hostKey';
  if (fields.some(({ key }) => key === option)) return option;
  const form = fields.some(({ key }) => key === 'certificate') ? 'of a certificate, like AB:CD:… (32 pairs of hexadecimal digits)' : fields.some(({ key }) => key === 'hostKey') ? 'of a host key, like SHA256:…' : null;
  throw new StorageError('invalid_config', form === null ? `The backend ${name} knows no fingerprints, so there is nothing to trust.` : `${JSON.stringify(fingerprint)} is not the fingerprint that the backend ${name} takes: expected the SHA-256 one ${form}.`);
}
