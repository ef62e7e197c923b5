import { StorageError } from '../../shared/storage/errors.ts';
import type { TrustOffer } from '../../shared/storage/trust-offer.ts';

/** @param value what a person compared: the whole of what is offered, or the fingerprint that is shown in it @throws untrusted_server */
export function requireOffered(name: string, { trustValue, trustDetails }: TrustOffer, value: string): void {
  const shown = trustDetails.split('\n').map((line) => line.slice(line.indexOf(': ') + 2));
  if ([trustValue, ...shown].some((one) => isSameFingerprint(one, value))) return;
  throw new StorageError('untrusted_server', `The server of ${name} shows the fingerprint ${trustValue}, not ${value}: it is not trusted, and nothing was saved.`);
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
