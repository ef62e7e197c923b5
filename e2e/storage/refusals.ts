import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '../../shared/storage/errors.ts';
import { type ServerCertificates, createServerCertificates } from '../servers/real/certificates.ts';
import { freePort } from '../servers/real/ports.ts';
import type { Holdfast, Ran } from './holdfast.ts';
import type { Address, Failure, Refusal, RunningTarget } from './target.ts';

/** What was said to something that cannot work. */
export interface Refused {
  readonly failure: Failure;
  readonly what: string;
  readonly code: string;
  readonly exit: number;
  readonly message: string;
  readonly nextStep: string;
  /** null when it was refused as it must be */
  readonly problem: string | null;
}

const WRONG = 'wrong-0f3b7a';

/** Tries to add addresses that cannot work: each must be refused with the right code, a sentence that names the place, a next step and exit code 1 or 2; no secret is said. */
export async function refusedAddresses(app: Holdfast, running: RunningTarget, port: number): Promise<readonly Refused[]> {
  const right = running.address(port);
  const closed = await freePort();
  const secret = right.secrets?.[''];
  const everywhere: readonly Refusal[] = [
    ...(secret === undefined ? [] : [{ failure: 'wrong secret', what: 'a wrong secret', address: { ...right, secrets: { ...right.secrets, '': wrongSecret(secret) } }, codes: ['authentication_failed', 'permission_denied'] } as const]),
    { failure: 'unknown host', what: 'an unknown host', address: onHost(right, 'no-such-host.invalid'), codes: ['unavailable'], says: /no-such-host\.invalid/ },
    { failure: 'refused connection', what: 'a closed port', address: running.address(closed), codes: ['unavailable'], says: new RegExp(String(closed)) },
  ];
  const refused: Refused[] = [];
  for (const refusal of [...everywhere, ...(running.refusals?.(port) ?? [])]) refused.push(await refusedAddress(app, refusal, `Refused ${refused.length}`));
  return refused;
}

const CERTIFICATES: readonly (Pick<Refusal, 'failure' | 'what'> & { readonly certificate: Exclude<keyof ServerCertificates, 'caFile' | 'good'>; readonly says: RegExp })[] = [
  { failure: 'certificate', what: 'a certificate for another name, by a trusted authority', certificate: 'wrongName', says: /made out to another name \(DNS:elsewhere\.invalid\)/ },
  { failure: 'certificate', what: 'a certificate by itself only', certificate: 'selfSigned', says: /signed by itself/ },
  { failure: 'clock', what: 'a certificate whose time is over', certificate: 'expired', says: /expired.*clock of this computer says/ },
  { failure: 'clock', what: 'a certificate whose time has not come', certificate: 'notYetValid', says: /not valid yet.*clock of this computer says/ },
];

/** The server shows certificates that nobody should trust; whatever they are, not one byte may be said to it. */
export async function refusedCertificates(app: Holdfast, { showing }: RunningTarget): Promise<readonly Refused[]> {
  if (showing === undefined) return [];
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-certificates-'));
  const refused: Refused[] = [];
  try {
    const certificates = await createServerCertificates(folder);
    for (const { failure, what, certificate, says } of CERTIFICATES) {
      const shown = await showing(certificates[certificate], certificates.caFile);
      try {
        const outcome = await refusedAddress(app, { failure, what, address: shown.address, codes: ['untrusted_server'], says }, `Certificate ${certificate}`);
        const said = shown.received?.() ?? 0;
        refused.push(said === 0 ? outcome : { ...outcome, problem: `${said} bytes were said to it` });
      } finally {
        await shown.stop();
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return refused;
}

async function refusedAddress(app: Holdfast, { failure, what, address, codes, says, works }: Refusal, name: string): Promise<Refused> {
  const ran = await app.add(name, address);
  const outcome = outcomeOf(ran, ran.rows.find(({ type }) => type === 'error')?.['error'], address);
  if (ran.code === 0) await app.run(['locations', 'remove', name]);
  if (works) return { failure, what, ...outcome, ...(ran.code === 0 && { code: 'none, it works', message: 'The location is added.' }), problem: ran.code === 0 ? null : `it does not work: ${outcome.message}` };
  return { failure, what, ...outcome, problem: outcome.exit === 0 ? 'it was added' : problemOf(outcome, { codes, exits: [1, 2], says }) };
}

interface SaidOutcome {
  readonly code: string;
  readonly exit: number;
  readonly message: string;
  readonly nextStep: string;
  /** whether a secret of the address is in what people read */
  readonly tellsSecret: boolean;
}

/** @param error as a row of the command line has it */
export function outcomeOf({ code: exit, stderr }: Ran, error: unknown, { secrets = {} }: Address): SaidOutcome {
  const { code, message } = (error ?? { code: 'none', message: stderr }) as { readonly code: ErrorCode | 'none'; readonly message: string };
  // First comes what happened, then what can be done about it.
  const lines = stderr.trim().split('\n');
  const told = lines.findIndex((line) => line.includes(message));
  const nextStep = told < 0 ? '' : lines.slice(told + 1).join(' ').trim();
  return { code, exit, message, nextStep, tellsSecret: Object.values(secrets).some((value) => value.length > 3 && stderr.includes(value)) };
}

export function problemOf({ code, exit, message, nextStep, tellsSecret }: SaidOutcome, { codes, exits, says }: { readonly codes: readonly ErrorCode[]; readonly exits: readonly number[]; readonly says?: RegExp | undefined }): string | null {
  if (!codes.some((known) => known === code)) return `${code} (${message}), but ${codes.join(' or ')} was expected`;
  if (!exits.includes(exit)) return `exit code ${exit} (${message}), but ${exits.join(' or ')} was expected`;
  if (tellsSecret) return 'the message tells a secret';
  if (says?.test(message) === false) return `${JSON.stringify(message)} does not say ${String(says)}`;
  return nextStep === '' ? `no next step is told (${message})` : null;
}

function onHost(address: Address, host: string): Address {
  const moved = (text: string) => text.replaceAll(/127\.0\.0\.1|localhost/g, host);
  return { ...address, uri: moved(address.uri), ...(address.options && { options: Object.fromEntries(Object.entries(address.options).map(([key, value]) => [key, key === 'caFile' || key === 'keyFile' ? value : moved(value)])) }) };
}

/** As long and of the same characters, so that it is refused by the server and not by the form. */
function wrongSecret(secret: string): string {
  const first = secret[0] === 'A' ? 'B' : 'A';
  return secret.length > 20 ? `${first}${secret.slice(1)}` : WRONG;
}
