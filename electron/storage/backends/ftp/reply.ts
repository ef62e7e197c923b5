import { type ErrorCode, type ErrorContext, StorageError } from '../../../../shared/storage/errors.ts';
import { serverWords } from '../../http/status.ts';

/** What a server answers to a command (RFC 959 section 4.2): three digits, and all lines as they came. */
export interface Reply {
  readonly code: number;
  readonly message: string;
}

/** The connection is gone, or its answers can no longer be told apart; nothing is known of what was under way. */
export class ConnectionLost extends StorageError {}

/** The server let nobody in: too many connections, a wrong password, or it is about to go down. */
export class RefusedAtTheDoor extends StorageError {}

export function isPositive({ code }: Reply): boolean {
  return code >= 200 && code < 300;
}

/** The text of the line that ends the reply, without its code. */
export function lastLine({ message }: Reply): string {
  return message.slice(message.lastIndexOf('\n') + 1).slice(4);
}

/** RFC 959 section 4.2.2, RFC 2228 and RFC 4217. What is not here says too little by its code alone: see {@link codeOfWords}. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  421: 'unavailable',
  425: 'unavailable',
  426: 'unavailable',
  430: 'authentication_failed',
  452: 'out_of_space',
  500: 'unsupported',
  502: 'unsupported',
  503: 'unexpected',
  504: 'unsupported',
  522: 'unavailable',
  530: 'authentication_failed',
  532: 'permission_denied',
  534: 'permission_denied',
  552: 'out_of_space',
};

/**
 * 450, 451, 550 and 553 stand for everything that a file system can refuse. Servers add the system's words (strerror(3), or those of
 * Windows); they are the only thing that tells the reasons apart without further questions.
 */
const WORDS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/no such file|cannot find the (?:file|path)|(?:file|directory|folder) not found|does(?:n't| not) exist/i, 'not_found'],
  [/no space left|quota exceeded|disk (?:is )?full|insufficient (?:disk|storage) space/i, 'out_of_space'],
  [/permission denied|operation not permitted|access (?:is )?denied|read-only file system|overwrite not allowed/i, 'permission_denied'],
  [/file exists|already exists|directory (?:is )?not empty/i, 'already_exists'],
  [/file name too long|not a directory|is a directory|not a regular file|regular files|too many levels of symbolic links|invalid (?:character|file ?name)/i, 'invalid_location'],
  [/resource busy|being used by another process|text file busy/i, 'unavailable'],
];

/** @param said paths of the command, which may hold any words themselves. @returns null when the code says enough, or the words say nothing */
export function codeOfWords(reply: Reply, said: readonly string[]): ErrorCode | null {
  if (CODES[reply.code] !== undefined) return null;
  const text = said.reduce((left, path) => (path.length > 1 ? left.replaceAll(path, '') : left), reply.message);
  return WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

/** Best guess by the code alone. */
export function codeOfReply({ code }: Reply): ErrorCode {
  return CODES[code] ?? (code === 553 || code === 501 ? 'invalid_location' : code >= 400 && code < 500 ? 'unavailable' : 'unexpected');
}

export interface Refusal {
  /** what was asked, e.g. `store /a/b` */
  readonly doing: string;
  readonly reply: Reply;
  readonly code?: ErrorCode | undefined;
  readonly context?: ErrorContext;
  /** never shown, whatever the server says */
  readonly secrets: readonly string[];
}

/** The error for a reply from 400 on, with the server's words in it. */
export function refusalOf({ doing, reply, code, context, secrets }: Refusal): StorageError {
  const words = wordsOf(reply, secrets);
  return new StorageError(code ?? codeOfReply(reply), `Could not ${doing}: the server answered ${reply.code}${words === '' ? '' : `, ${JSON.stringify(words)}`}.`, { context: { ...context, reply: reply.code } });
}

/** What the server said, without codes, on one line and safe to show. */
export function wordsOf({ message }: Reply, secrets: readonly string[]): string {
  const lines = message.split('\n').map((line) => line.replace(/^\s*\d{3}[- ]/, ''));
  return serverWords(lines.join(' '), secrets);
}
