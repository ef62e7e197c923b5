import type { ConfigField, LocationOptions } from '../../../../shared/storage/location.ts';
import { NETWORK_FIELDS, type NetworkOptions, READ_ONLY_FIELD, invalidField, parseNetworkOptions, requireKnownOptions } from '../../network/network-options.ts';
import { AUTH_KINDS, type AuthKind } from './credential.ts';
import { DEFAULT_BLOCK, MAX_BLOCK } from './block-plan.ts';

const MIB = 1024 * 1024;
const DEFAULT_TIER = 'default';
const TIERS = [DEFAULT_TIER, 'Hot', 'Cool', 'Cold', 'Archive'] as const;

const AUTH_LABELS: Readonly<Record<AuthKind, string>> = { automatic: 'By its form', key: 'Account key', sas: 'Shared access signature (SAS)', 'connection string': 'Connection string' };
const TIER_LABELS: Readonly<Record<(typeof TIERS)[number], string>> = { default: 'As the account says', Hot: 'Hot', Cool: 'Cool', Cold: 'Cold', Archive: 'Archive (cannot be read back)' };

export const AZURE_FIELDS: readonly ConfigField[] = [
  { key: 'auth', label: 'The secret is', kind: 'choice', required: false, default: 'automatic', choices: AUTH_KINDS.map((value) => ({ value, label: AUTH_LABELS[value] })), help: 'Account key, SAS and connection string are told apart by their form; without a secret, containers that are open to everybody can be read.' },
  { key: 'tier', label: 'Tier of new blobs', kind: 'choice', required: false, default: DEFAULT_TIER, choices: TIERS.map((value) => ({ value, label: TIER_LABELS[value] })), help: 'What storing and reading costs. Blobs in the archive must be rehydrated before anything can read them.' },
  READ_ONLY_FIELD,
  { key: 'blockSize', label: 'Block size in MiB', kind: 'number', required: false, advanced: true, default: DEFAULT_BLOCK / MIB, help: `Large files go in blocks of this size, from 1 to ${MAX_BLOCK / MIB}; larger ones for files that would need more than 50,000.` },
  { key: 'account', label: 'Account name', kind: 'text', namesServer: false, required: false, advanced: true, placeholder: 'mystorage', help: 'Only where the address does not tell it, such as a host name of your own.' },
  ...NETWORK_FIELDS,
];

/** The location's options, checked. */
export interface AzureOptions extends NetworkOptions {
  readonly auth: AuthKind;
  /** null: as the account says */
  readonly tier: string | null;
  readonly readOnly: boolean;
  /** bytes */
  readonly block: number;
  readonly account: string | null;
}

/** @throws StorageError invalid_config that names the field */
export function parseOptions(options: LocationOptions): AzureOptions {
  requireKnownOptions('azure', options, AZURE_FIELDS);
  const { auth = 'automatic', tier = DEFAULT_TIER, readOnly = false, blockSize = DEFAULT_BLOCK / MIB, account = '' } = options;
  const kind = AUTH_KINDS.find((each) => each === auth);
  if (kind === undefined) throw invalidField('auth', `${JSON.stringify(auth)} is none of ${AUTH_KINDS.join(', ')}`);
  const chosen = TIERS.find((each) => each.toLowerCase() === String(tier).toLowerCase());
  if (chosen === undefined) throw invalidField('tier', `${JSON.stringify(tier)} is none of ${TIERS.join(', ')}`);
  if (typeof readOnly !== 'boolean') throw invalidField('readOnly', `${JSON.stringify(readOnly)} is neither true nor false`);
  if (typeof blockSize !== 'number' || !(blockSize >= 1 && blockSize <= MAX_BLOCK / MIB)) throw invalidField('blockSize', `${JSON.stringify(blockSize)} is not a number of MiB from 1 to ${MAX_BLOCK / MIB}`);
  if (typeof account !== 'string' || (account !== '' && !/^[a-z0-9]{3,24}$/.test(account))) throw invalidField('account', `${JSON.stringify(account)} is not the name of an account: expected 3 to 24 lower-case letters and digits`);
  return { ...parseNetworkOptions(options), auth: kind, tier: chosen === DEFAULT_TIER ? null : chosen, readOnly, block: Math.round(blockSize * MIB), account: account === '' ? null : account };
}
