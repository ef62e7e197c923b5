import { type ErrorCode, StorageError } from '../../../../shared/storage/errors.ts';
import type { Entry } from './entry.ts';
import { type Reply, codeOfWords, codeOfReply, refusalOf } from './reply.ts';

/** What was asked for. `file`, `folder`, `any`: something that is there; `name`, `room`: a name that something new takes; `space`: to go on with bytes that were begun. */
export interface Question {
  /** completes "Could not ..." */
  readonly doing: string;
  /** absolute path of the server */
  readonly path: string;
  readonly wants: 'file' | 'folder' | 'any' | 'name' | 'room' | 'space';
}

export interface Looker {
  readonly secrets: readonly string[];
  look(path: string): Promise<Entry | null>;
}

/** Codes that stand for everything that a file system can refuse. */
const VAGUE: ReadonlySet<number> = new Set([450, 451, 550, 551, 553]);

/** The error for a refusal: by its code, by the system's words in it, or, where it says no more than "failed", by looking at what is there. */
export async function explain(client: Looker, question: Question, reply: Reply): Promise<StorageError> {
  const { doing, path, wants } = question;
  const make = (code: ErrorCode): StorageError => refusalOf({ doing, reply, code, context: { path }, secrets: client.secrets });
  const told = codeOfWords(reply, [path, path.slice(path.lastIndexOf('/') + 1)]);
  if (told !== null) return make(told);
  if (!VAGUE.has(reply.code)) return make(codeOfReply(reply));
  // A write error in the middle of a file: the server had let it begin, so it is no matter of permission.
  if (wants === 'space' && reply.code !== 451) return make(codeOfReply(reply));
  if (wants === 'space') return new StorageError('out_of_space', `${make('out_of_space').message} Such an error while bytes come in nearly always means that its disk is full.`, { context: { path, reply: reply.code } });
  try {
    return make(await codeByLooking(client, path, wants));
  } catch (error) {
    return error instanceof StorageError && error.code === 'permission_denied' ? error : make(codeOfReply(reply));
  }
}

async function codeByLooking(client: Looker, path: string, wants: Exclude<Question['wants'], 'space'>): Promise<ErrorCode> {
  const found = await client.look(path);
  if (wants === 'file' || wants === 'folder' || wants === 'any') {
    if (found === null) return 'not_found';
    return wants !== 'any' && found.kind !== wants && found.kind !== 'link' ? 'invalid_location' : 'permission_denied';
  }
  if (found !== null && (wants === 'name' || found.kind === 'folder')) return 'already_exists';
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  const folder = await client.look(parent);
  if (folder === null) return 'not_found';
  return folder.kind === 'folder' ? 'permission_denied' : 'invalid_location';
}
