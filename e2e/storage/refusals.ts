import type { ErrorCode } from '../../shared/storage/errors.ts';
import { freePort } from '../servers/real/ports.ts';
import type { Holdfast } from './holdfast.ts';
import type { Address, Refusal, RunningTarget } from './target.ts';

/** What was said to an address that cannot work. */
export interface Refused {
  readonly what: string;
  readonly code: string;
  readonly message: string;
  /** null when it was refused as it must be */
  readonly problem: string | null;
}

const WRONG = 'wrong-0f3b7a';

/** Tries to add addresses that cannot work: each must be refused with the right code, a sentence that names the place, a next step and exit code 1 or 2; no secret is said. */
export async function refusedAddresses(app: Holdfast, running: RunningTarget, port: number): Promise<readonly Refused[]> {
  const right = running.address(port);
  const closed = await freePort();
  const everywhere: readonly Refusal[] = [
    ...(right.secrets?.[''] === undefined ? [] : [{ what: 'a wrong secret', address: { ...right, secrets: { ...right.secrets, '': wrongSecret(right.secrets['']) } }, codes: ['authentication_failed', 'permission_denied'] as const }]),
    { what: 'an unknown host', address: onHost(right, 'no-such-host.invalid'), codes: ['unavailable'] },
    { what: 'a closed port', address: running.address(closed), codes: ['unavailable'] },
  ];
  const refused: Refused[] = [];
  for (const refusal of [...everywhere, ...(running.refusals?.(port) ?? [])]) refused.push(await tried(app, refusal, refused.length));
  return refused;
}

async function tried(app: Holdfast, { what, address, codes }: Refusal, index: number): Promise<Refused> {
  const { code: exit, rows, stderr } = await app.add(`Refused ${index}`, address);
  const error = rows.find(({ type }) => type === 'error')?.['error'] as { readonly code: ErrorCode; readonly message: string } | undefined;
  const { code, message } = error ?? { code: 'none', message: stderr };
  const secret = Object.values(address.secrets ?? {}).find((value) => value.length > 3 && stderr.includes(value));
  const lines = stderr.trim().split('\n').length;
  const problem =
    exit === 0 ? 'it was added'
    : error === undefined || !codes.includes(error.code) ? `${code} (${message}), but ${codes.join(' or ')} was expected`
    : exit !== 1 && exit !== 2 ? `exit code ${exit}`
    : secret !== undefined ? 'the message tells a secret'
    : lines < 2 ? 'no next step is told'
    : null;
  return { what, code, message, problem };
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
