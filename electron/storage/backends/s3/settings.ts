import type { ConfigField, LocationOptions } from '../../../../shared/storage/location.ts';
import { NETWORK_FIELDS, type NetworkOptions, READ_ONLY_FIELD, invalidField, parseNetworkOptions, requireKnownOptions } from '../../network/network-options.ts';
import type { ConnectConfig } from '../../backend-definition.ts';
import { type BucketPlace, parseEndpoint, parsePlace } from './place.ts';
import { MAX_PART_SIZE, MIB, MIN_PART_SIZE } from './part-size.ts';

/** Who asks. Nothing of the process's environment is used unless it is chosen. */
export type SignIn =
  | { readonly kind: 'keys'; readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string | null }
  | { readonly kind: 'profile'; readonly profile: string }
  | { readonly kind: 'environment' }
  | { readonly kind: 'anonymous' };

export interface S3Settings extends NetworkOptions, BucketPlace {
  readonly signIn: SignIn;
  readonly readOnly: boolean;
  /** of new objects; null: the bucket's own */
  readonly storageClass: string | null;
  readonly declareDigest: boolean;
  /** bytes; null: the usual one */
  readonly partSize: number | null;
}

export const S3_FIELDS: readonly ConfigField[] = [
  { key: 'endpoint', label: 'Server', kind: 'text', required: false, placeholder: 'https://s3.example.org', help: 'Address of the S3 server. Empty: Amazon’s.' },
  { key: 'region', label: 'Region', kind: 'text', required: false, placeholder: 'eu-central-1', help: 'Empty: found out from the server where it says so, else us-east-1.' },
  {
    key: 'credentials',
    label: 'Sign in with',
    kind: 'choice',
    required: false,
    default: 'keys',
    help: 'A profile is read from the files of the AWS command line (~/.aws). Single sign-on is not supported.',
    choices: [
      { value: 'keys', label: 'Access keys' },
      { value: 'profile', label: 'Profile in ~/.aws' },
      { value: 'environment', label: 'Variables of the environment' },
      { value: 'anonymous', label: 'Nothing (public bucket)' },
    ],
  },
  { key: 'accessKeyId', label: 'Access key ID', kind: 'text', namesServer: false, required: false, showIf: { key: 'credentials', is: ['keys'] }, help: 'The public half of the key pair; the secret half has a field of its own.' },
  { key: 'sessionToken', label: 'Session token', kind: 'secret', required: false, advanced: true, showIf: { key: 'credentials', is: ['keys'] }, help: 'Only for temporary keys, which come with one.' },
  { key: 'profile', label: 'Profile', kind: 'text', namesServer: false, required: false, placeholder: 'default', showIf: { key: 'credentials', is: ['profile'] }, help: 'Name of a profile in ~/.aws/config or ~/.aws/credentials.' },
  READ_ONLY_FIELD,
  { key: 'pathStyle', label: 'Bucket in the path', kind: 'choice', required: false, advanced: true, default: 'auto', help: 'Whether the bucket stands in the path or in the host name of an address. Automatic: in the path for every server but Amazon’s.', choices: [{ value: 'auto', label: 'Automatic' }, { value: 'path', label: 'In the path' }, { value: 'host', label: 'In the host name' }] },
  { key: 'storageClass', label: 'Storage class', kind: 'text', namesServer: false, required: false, advanced: true, placeholder: 'STANDARD_IA', help: 'Storage class of new objects. Empty: the bucket’s own.' },
  { key: 'declareDigest', label: 'Store the SHA-256 with the object', kind: 'boolean', required: false, advanced: true, default: false, help: 'Writes it beside the object as a note for other programs. It is shown as declared and never used as evidence.' },
  { key: 'partSize', label: 'Part size in MiB', kind: 'number', required: false, advanced: true, placeholder: '8', help: 'Larger files go over in parts of this size, or of the smallest one with which 10,000 parts suffice. From 5 to 5,120.' },
  ...NETWORK_FIELDS,
];

const KINDS: readonly SignIn['kind'][] = ['keys', 'profile', 'environment', 'anonymous'];

/** @throws StorageError invalid_config that names the field and what was expected */
export function parseSettings({ uri, options, secret, secrets = {} }: Pick<ConnectConfig, 'uri' | 'options' | 'secret' | 'secrets'>): S3Settings {
  requireKnownOptions('s3', options, S3_FIELDS.filter(({ kind }) => kind !== 'secret'));
  const { readOnly = false, declareDigest = false } = options;
  if (typeof readOnly !== 'boolean') throw invalidField('readOnly', `${JSON.stringify(readOnly)} is neither true nor false`);
  if (typeof declareDigest !== 'boolean') throw invalidField('declareDigest', `${JSON.stringify(declareDigest)} is neither true nor false`);
  const endpoint = parseEndpoint(textOf(options, 'endpoint'));
  return {
    ...parsePlace(uri, { endpoint, region: regionOf(options), pathStyle: pathStyleOf(options) }),
    ...parseNetworkOptions(options),
    signIn: parseSignIn(options, secret, secrets),
    readOnly,
    storageClass: storageClassOf(options),
    declareDigest,
    partSize: partSizeOf(options),
  };
}

function parseSignIn(options: LocationOptions, secret: string | null, secrets: Readonly<Record<string, string>>): SignIn {
  const profile = textOf(options, 'profile');
  const kind = textOf(options, 'credentials') ?? (profile === null ? 'keys' : 'profile');
  if (!KINDS.includes(kind as SignIn['kind'])) throw invalidField('credentials', `${JSON.stringify(kind)} is none of ${KINDS.join(', ')}`);
  if (kind === 'environment' || kind === 'anonymous') return { kind };
  if (kind === 'profile') return { kind, profile: profile ?? 'default' };
  const accessKeyId = textOf(options, 'accessKeyId');
  const secretAccessKey = secret?.trim() ?? '';
  if (accessKeyId === null) throw invalidField('accessKeyId', 'it is empty: expected the public half of the access key, or another way to sign in');
  if (/[^\u0021-\u007e]/.test(accessKeyId)) throw invalidField('accessKeyId', `${JSON.stringify(accessKeyId)} holds spaces or other characters that no access key has`);
  if (secretAccessKey === '') throw invalidField('secret', `the secret access key for ${accessKeyId} is missing`);
  const sessionToken = secrets['sessionToken']?.trim() ?? '';
  if (/[^\u0021-\u007e]/.test(sessionToken)) throw invalidField('sessionToken', 'it holds spaces, line ends or other characters that no header can carry');
  return { kind: 'keys', accessKeyId, secretAccessKey, sessionToken: sessionToken === '' ? null : sessionToken };
}

/** Trimmed; null when it is empty or absent. */
function textOf(options: LocationOptions, key: string): string | null {
  const value = options[key] ?? '';
  if (typeof value !== 'string') throw invalidField(key, `${JSON.stringify(value)} is no text`);
  return value.trim() === '' ? null : value.trim();
}

function regionOf(options: LocationOptions): string | null {
  const region = textOf(options, 'region');
  if (region !== null && !/^[a-z0-9][a-z0-9-]{0,62}$/i.test(region)) throw invalidField('region', `${JSON.stringify(region)} is no region: expected letters, digits and dashes, e.g. "eu-central-1"`);
  return region;
}

function pathStyleOf(options: LocationOptions): boolean | null {
  const style = textOf(options, 'pathStyle') ?? 'auto';
  if (style === 'auto') return null;
  if (style !== 'path' && style !== 'host') throw invalidField('pathStyle', `${JSON.stringify(style)} is none of auto, path, host`);
  return style === 'path';
}

function storageClassOf(options: LocationOptions): string | null {
  const storageClass = textOf(options, 'storageClass');
  if (storageClass !== null && !/^[A-Za-z0-9_-]{1,64}$/.test(storageClass)) throw invalidField('storageClass', `${JSON.stringify(storageClass)} is no storage class: expected a word like "STANDARD_IA"`);
  return storageClass;
}

function partSizeOf(options: LocationOptions): number | null {
  const value = options['partSize'] ?? '';
  if (value === '') return null;
  const bytes = typeof value === 'number' ? value * MIB : Number.NaN;
  if (!Number.isInteger(bytes) || bytes < MIN_PART_SIZE || bytes > MAX_PART_SIZE) throw invalidField('partSize', `${JSON.stringify(value)} is not a number of MiB from 5 to 5120`);
  return bytes;
}
