import type { ErrorRecord } from './errors.ts';

/**
 * What an `untrusted_server` error carries in its context when the user may decide. `unknown`: seen for the first time, so it may be
 * trusted after its fingerprint was compared: by setting the location's option `trustOption` to `trustValue`. `changed`: another one
 * was trusted before, so it is explained and blocked; only editing the location by hand can let it in.
 */
export interface TrustOffer {
  readonly trust: 'unknown' | 'changed';
  readonly trustOption: 'hostKey' | 'certificate';
  readonly trustValue: string;
  /** lines to show beside the question: fingerprint, names, validity */
  readonly trustDetails: string;
}

/** @returns null when the error offers nothing to decide */
export function trustOfferOf({ code, context }: Pick<ErrorRecord, 'code' | 'context'>): TrustOffer | null {
  const { trust, trustOption, trustValue, trustDetails } = context;
  if (code !== 'untrusted_server' || (trust !== 'unknown' && trust !== 'changed') || (trustOption !== 'hostKey' && trustOption !== 'certificate')) return null;
  return { trust, trustOption, trustValue: String(trustValue), trustDetails: String(trustDetails) };
}
