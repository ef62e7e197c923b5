import { StorageError } from '../../../../shared/storage/errors.ts';
import type { FtpConnection } from './connection.ts';
import { type Entry, parseFactsOfOne, parseSize, parseTime } from './entry.ts';
import { type Reply, codeOfReply, codeOfWords, isPositive, lastLine, refusalOf } from './reply.ts';
import type { Features } from './sign-in.ts';

const NOTHING_MORE: ReadonlyMap<string, string> = new Map();

/**
 * Asks what lies under a path: by MLST, else by SIZE, MDTM and CWD.
 * @returns null when there is nothing; undefined when only a listing can tell, as the server knows none of these @throws permission_denied and others
 */
export async function look(connection: FtpConnection, features: Features, path: string, signal: AbortSignal | undefined): Promise<Entry | null | undefined> {
  const ask = (command: string): Promise<Reply> => connection.ask(`${command} ${path}`, { signal });
  if (!features.commands.has('MLST')) return lookWithoutFacts(ask, connection, path);
  const reply = await ask('MLST');
  if (!isPositive(reply)) return missing(reply, path, connection);
  const entry = parseFactsOfOne((reply.message.split('\n')[1] ?? '').replace(/^(?:250-)? ?/, ''));
  if (entry === null) throw new StorageError('unsupported', `The server does not say what lies at ${path}: ${JSON.stringify(reply.message.slice(0, 200))}.`);
  return entry.kind === 'link' ? lookThrough(ask, entry) : entry;
}

/** Where a link leads to, as far as it is a file. Links to folders may lead in circles, so they are not entered. */
export async function lookThrough(ask: (command: string) => Promise<Reply>, link: Entry): Promise<Entry> {
  const size = sizeOf(await ask('SIZE'));
  return size === null ? link : { ...link, kind: 'file', size, modified: timeOf(await ask('MDTM')) };
}

async function lookWithoutFacts(ask: (command: string) => Promise<Reply>, connection: FtpConnection, path: string): Promise<Entry | null | undefined> {
  const sized = await ask('SIZE');
  const size = sizeOf(sized);
  const entry = { name: path.slice(path.lastIndexOf('/') + 1), may: null, more: NOTHING_MORE };
  if (size !== null) return { ...entry, kind: 'file', size, modified: timeOf(await ask('MDTM')) };
  const entered = await ask('CWD');
  if (isPositive(entered)) return { ...entry, kind: 'folder', size: null, modified: null };
  // Some servers give no size of some files, but their time.
  const modified = timeOf(await ask('MDTM'));
  if (modified !== null) return { ...entry, kind: 'file', size: null, modified };
  if (codeOfReply(sized) === 'unsupported') return undefined;
  return missing(codeOfWords(sized, [path]) === 'permission_denied' ? sized : entered, path, connection);
}

function missing(reply: Reply, path: string, connection: FtpConnection): null {
  const code = codeOfWords(reply, [path]);
  if (code === 'permission_denied' || (reply.code < 500 && code === null)) throw refusalOf({ doing: `look at ${path}`, reply, code: code ?? undefined, secrets: [connection.settings.password] });
  return null;
}

/** Of the reply to SIZE. */
export function sizeOf(reply: Reply): number | null {
  return reply.code === 213 ? parseSize(lastLine(reply)) : null;
}

/** Of the reply to MDTM. */
export function timeOf(reply: Reply): string | null {
  return reply.code === 213 ? parseTime(lastLine(reply).split(/[\s,]/)[0]) : null;
}
