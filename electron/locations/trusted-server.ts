import { StorageError } from '../../shared/storage/errors.ts';
import type { LocationConfig } from '../../shared/storage/location.ts';
import type { TrustOffer } from '../../shared/storage/trust-offer.ts';

/** Trusting is for servers that were not known: one that shows another fingerprint than before stays blocked. @throws untrusted_server */
export function requireNotReplaced({ name, options }: Pick<LocationConfig, 'name' | 'options'>, option: TrustOffer['trustOption'], value: string): void {
  const present = String(options[option] ?? '').trim();
  if (present === '' || isSameFingerprint(present, value)) return;
  throw new StorageError('untrusted_server', `${name} trusts ${present} already, and no other. If its owner confirms that the server has a new one, edit the location and replace it there (option ${option}).`, { context: { field: option } });
}

/** Certificates' fingerprints are hexadecimal, with or without colons, in any case; those of host keys are base64, where case counts. */
export function isSameFingerprint(one: string, other: string): boolean {
  return normalFingerprint(one) === normalFingerprint(other);
}

function normalFingerprint(text: string): string {
  const bare = text.trim().replace(/^sha-?256[:=]?\s*/i, '');
  const hex = bare.replaceAll(/[:\s]/g, '');
  return /^[0-9a-f]{64}$/i.test(hex) ? hex.toLowerCase() : bare.replace(/=+$/, '');
}
