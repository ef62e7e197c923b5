import { randomUUID } from 'node:crypto';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';
import { isPartialName } from '../../partial-name.ts';

/** vsftpd reads lines of 4096 bytes and hangs up on longer ones; ProFTPD never answers those. Leaves room for the longest command before it. */
const MAX_PATH_BYTES = 4000;

/** How names of one location become arguments of commands and addresses. */
export interface Naming {
  /** absolute path of the location's folder on the server, `/` or without a slash at its end */
  readonly root: string;
  /** as of `originOf` */
  readonly origin: string;
  /** the server takes names in UTF-8 (RFC 2640); no: only ASCII is safe */
  readonly utf8: boolean;
  /** names that this server changes or takes for something else; found by the probe */
  refused: readonly NameRule[];
}

export interface NameRule {
  readonly pattern: RegExp;
  /** completes "cannot be used over FTP: ..." */
  readonly why: string;
  /** what a scratch name is given to find out whether it holds here */
  readonly try: string;
}

/** On Windows it separates folders, so a name with it could lead outside; Pure-FTPd refuses it. */
export const NO_BACKSLASH: NameRule = { pattern: /\\/, why: 'this server does not take a backslash for a part of a name', try: '\\x' };
/** Pure-FTPd drops spaces at the end of a command. */
export const NO_SPACE_AT_THE_END: NameRule = { pattern: /\s$/, why: 'this server drops a space at the end of a name', try: ' ' };

/**
 * The argument of a command. It begins with a slash, so that neither a leading space nor a dash is anything but a name, and it holds no
 * line end, so that no name is ever a command.
 * @throws StorageError invalid_location for a path that leads outside or that this server cannot be told
 */
export function serverPath(naming: Naming, path: LocationPath): string {
  const checked = parseLocationPath(path);
  for (const name of checked === '' ? [] : checked.split('/')) requireSayable(naming, name);
  return joined(naming, checked);
}

/** The place of a file of Holdfast's own (a partial name) beside a file. */
export function besidePath(naming: Naming, folder: LocationPath, own: string): string {
  return joined(naming, folder === '' ? own : `${folder}/${own}`);
}

/** Address of a file or folder, every name encoded on its own. @throws StorageError invalid_location for lone surrogates */
export function uriOf({ root, origin }: Pick<Naming, 'root' | 'origin'>, path: LocationPath): string {
  const checked = parseLocationPath(path);
  try {
    const absolute = [...root.split('/'), ...checked.split('/')].filter((name) => name !== '').map(encodeURIComponent);
    return `${origin}/${absolute.join('/')}`;
  } catch (error) {
    throw new StorageError('invalid_location', `The name ${JSON.stringify(path)} holds half of a character (a lone surrogate), which no address can carry.`, { cause: error });
  }
}

const SCRATCH_NAME = /^\.holdfast-probe-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Of a file that the probe tries things with. */
export function newScratchName(): string {
  return `.holdfast-probe-${randomUUID()}`;
}

/** True for what servers make of such a name too. */
export function isScratchName(name: string): boolean {
  return SCRATCH_NAME.test(name);
}

/** Why this server cannot be told the name; null when it can. */
export function whyNotSayable({ utf8, refused }: Pick<Naming, 'utf8' | 'refused'>, name: string): string | null {
  if (/[\r\n]/.test(name)) return 'a line end would end the command that carries it';
  if (/\p{Surrogate}/u.test(name)) return 'it is not valid Unicode';
  if (isPartialName(name) || isScratchName(name)) return 'Holdfast uses such names for files that are not complete yet';
  if (!utf8 && /[^\0-\u007f]/.test(name)) return 'this server does not say that it takes names in UTF-8, so letters beyond ASCII would come out as others';
  return refused.find(({ pattern }) => pattern.test(name))?.why ?? null;
}

function requireSayable(naming: Naming, name: string): void {
  const reason = whyNotSayable(naming, name);
  if (reason !== null) throw new StorageError('invalid_location', `The name ${JSON.stringify(name)} cannot be used over FTP: ${reason}.`, { context: { name } });
}

function joined({ root }: Naming, path: LocationPath): string {
  const absolute = path === '' ? root : root === '/' ? `/${path}` : `${root}/${path}`;
  const bytes = Buffer.byteLength(absolute);
  if (bytes <= MAX_PATH_BYTES) return absolute;
  throw new StorageError('invalid_location', `The path ${JSON.stringify(`${absolute.slice(0, 80)}…`)} has ${bytes} bytes; at most ${MAX_PATH_BYTES} fit into a command of FTP.`);
}
