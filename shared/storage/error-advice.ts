import { ERROR_ADVICE, type ErrorAdvice, type ErrorRecord } from './errors.ts';

/** What lies behind an error whose code alone is too coarse for a next step. It stands as `reason` in the error's context. */
export const ERROR_REASONS = ['clock', 'location_missing', 'name_too_long', 'location_read_only', 'storage_read_only'] as const;

export type ErrorReason = (typeof ERROR_REASONS)[number];

const BY_REASON: Readonly<Record<ErrorReason, ErrorAdvice>> = {
  clock: { title: 'Clocks differ', nextStep: 'Set the clock of this computer right (or ask the server’s owner to set the server’s), then retry. Your secret may be right.' },
  location_missing: { title: 'Place not found', nextStep: 'Correct the location’s address (its folder, bucket or container), or create that place on the server first, then try again.', inSettings: true },
  name_too_long: { title: 'Name too long', nextStep: 'Give it a shorter name, or choose a folder that is less deep, then retry.' },
  location_read_only: { title: 'Read-only location', nextStep: 'Choose another location, or edit this one and switch off “Read only”, then retry.', inSettings: true },
  storage_read_only: { title: 'Read-only storage', nextStep: 'Choose another location, or ask the owner of this storage to let you write, then retry.' },
};

const UNKNOWN_HOST = 'Check how the server’s name is spelled in the location’s address, and whether this computer is online, then retry.';

const HOST_KEY: ErrorAdvice = { ...ERROR_ADVICE.untrusted_server, nextStep: 'Compare the fingerprint with the one that the server’s owner tells you, by another way than this connection.' };

/** errno(3), getaddrinfo(3) and what Node and OpenSSL find wrong with a certificate; `system` in the context. */
const BY_SYSTEM: Readonly<Record<string, Partial<ErrorAdvice>>> = {
  ENOTFOUND: { nextStep: UNKNOWN_HOST, inSettings: true },
  EAI_AGAIN: { nextStep: UNKNOWN_HOST, inSettings: true },
  ECONNREFUSED: { nextStep: 'Check the port in the location’s address, and whether the server runs, then retry.', inSettings: true },
  ERR_TLS_CERT_ALTNAME_INVALID: { nextStep: 'Put the name that the certificate was made out to into the location’s address, or ask the server’s owner for a certificate with this name.' },
  CERT_HAS_EXPIRED: { nextStep: 'If the clock of this computer is right, ask the server’s owner to renew the certificate.' },
  CERT_NOT_YET_VALID: { nextStep: 'Set the clock of this computer right. If it is right, ask the server’s owner about the certificate.' },
  ENAMETOOLONG: BY_REASON.name_too_long,
  EROFS: BY_REASON.storage_read_only,
};

/** The heading of an error and what the user can do now: by its reason where it has one, else by its code. */
export function adviceFor({ code, context }: Pick<ErrorRecord, 'code' | 'context'>): ErrorAdvice {
  const { reason, system, trustOption } = context;
  if (isReason(reason)) return BY_REASON[reason];
  if (code === 'untrusted_server' && trustOption === 'hostKey') return HOST_KEY;
  const special = typeof system === 'string' && Object.hasOwn(BY_SYSTEM, system) ? BY_SYSTEM[system] : undefined;
  return { ...ERROR_ADVICE[code], ...special };
}

function isReason(value: unknown): value is ErrorReason {
  return ERROR_REASONS.some((reason) => reason === value);
}
