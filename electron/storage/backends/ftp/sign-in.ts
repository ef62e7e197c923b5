import { StorageError } from '../../../../shared/storage/errors.ts';
import { type FtpConnection, placeOf, saysTooMany } from './connection.ts';
import { RefusedAtTheDoor, type Reply, isPositive, lastLine, refusalOf, wordsOf } from './reply.ts';

/** What a server says of itself after the sign-in. */
export interface Features {
  /** FEAT (RFC 2389): commands in capitals, with what stands behind them */
  readonly commands: ReadonlyMap<string, string>;
  /** names go over in UTF-8 */
  readonly utf8: boolean;
  /** where the user is after the sign-in; an absolute path without a slash at its end, or `/` */
  readonly home: string;
}

export interface SignInOptions {
  readonly signal?: AbortSignal | undefined;
  /** what another connection to the same server found out; null: ask */
  readonly features: Features | null;
}

/**
 * Signs in and makes the connection ready: binary (TYPE I), names in UTF-8, data connections encrypted where the control connection is.
 * @throws RefusedAtTheDoor with authentication_failed, or rate_limited when too many are there already
 */
export async function signIn(connection: FtpConnection, { signal, features }: SignInOptions): Promise<Features> {
  const { user, password, security } = connection.settings;
  const first = await connection.ask(`USER ${user}`, { signal });
  const answer = first.code === 331 ? await connection.ask(`PASS ${password}`, { signal }) : first;
  if (!isPositive(answer)) throw refusedUser(connection, answer);
  if (security !== 'none') {
    // RFC 4217 section 9 wants PBSZ first; its answer does not matter.
    await connection.ask('PBSZ 0', { signal });
    const protectedData = await connection.ask('PROT P', { signal });
    if (!isPositive(protectedData)) {
      throw new StorageError('unsupported', `The FTP server at ${placeOf(connection.settings)} does not encrypt data connections: it answered ${protectedData.code}, ${JSON.stringify(wordsOf(protectedData, [password]))}. Files would travel in clear text.`, { context: { reply: protectedData.code } });
    }
  }
  const binary = await connection.ask('TYPE I', { signal });
  if (!isPositive(binary)) throw refusalOf({ doing: 'switch to binary transfers', reply: binary, code: 'unsupported', secrets: [password] });
  if (features !== null) {
    if (features.utf8) await connection.ask('OPTS UTF8 ON', { signal });
    return features;
  }
  const commands = readFeatures(await connection.ask('FEAT', { signal }));
  // vsftpd is always in UTF-8 and says so only here.
  const switched = await connection.ask('OPTS UTF8 ON', { signal });
  return { commands, utf8: commands.has('UTF8') || switched.code === 200, home: readPwd(await connection.ask('PWD', { signal })) };
}

function refusedUser({ settings }: FtpConnection, answer: Reply): RefusedAtTheDoor {
  const words = wordsOf(answer, [settings.password]);
  const said = `it answered ${answer.code}${words === '' ? '' : `, ${JSON.stringify(words)}`}`;
  if (saysTooMany(answer)) return new RefusedAtTheDoor('rate_limited', `The FTP server at ${placeOf(settings)} lets nobody more in: ${said}.`, { context: { reply: answer.code } });
  if (answer.code === 332) return new RefusedAtTheDoor('unsupported', `The FTP server at ${placeOf(settings)} asks for an account (ACCT) beside the password, which is not supported.`, { context: { reply: answer.code } });
  const hint = settings.security === 'none' ? ' Some servers refuse everybody who comes without encryption.' : '';
  return new RefusedAtTheDoor('authentication_failed', `The FTP server at ${placeOf(settings)} does not take this user and password (${JSON.stringify(settings.user)}): ${said}.${hint}`, { context: { reply: answer.code } });
}

/** One feature a line, between the first and the last one. */
export function readFeatures({ code, message }: Reply): ReadonlyMap<string, string> {
  const features = new Map<string, string>();
  if (code !== 211) return features;
  for (const line of message.split('\n').slice(1, -1)) {
    // Some repeat the code at the beginning of every line.
    const [name = '', ...rest] = line.replace(/^211[- ]/, '').trim().split(' ');
    if (name !== '') features.set(name.toUpperCase(), rest.join(' '));
  }
  return features;
}

/** `257 "/home/anna"`, a quotation mark in it doubled (RFC 959 appendix II). What is no path of names counts as the root. */
export function readPwd(reply: Reply): string {
  const quoted = /"((?:[^"]|"")*)"/.exec(lastLine(reply))?.[1]?.replaceAll('""', '"') ?? '/';
  if (reply.code !== 257 || !quoted.startsWith('/') || /[\0\r\n]/.test(quoted)) return '/';
  return quoted.replace(/\/+$/, '') || '/';
}
