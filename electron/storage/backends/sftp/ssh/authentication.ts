import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AnyAuthMethod, AuthenticationType, ParsedKey } from 'ssh2';
import { StorageError } from '../../../../../shared/storage/errors.ts';
import { type Endpoint, placeOf } from './endpoint.ts';
import { readKey, requireKey } from './private-key.ts';

export type AuthChoice = 'automatic' | 'password' | 'key' | 'agent' | 'keyboard-interactive';

export interface AuthSettings {
  readonly method: AuthChoice;
  /** path of a private key that the user named; null: none */
  readonly keyFile: string | null;
  /** where the agent listens; null: there is none */
  readonly agent: string | null;
  readonly password: string | null;
  readonly passphrase: string | null;
}

/** Keys that `ssh` takes by itself, in its order. */
const USUAL_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** What signs in: keys that were read once, for all connections of a location. */
export interface Credentials {
  readonly settings: AuthSettings;
  readonly keys: readonly ParsedKey[];
}

/** Reads what signing in needs from the disk. @throws StorageError invalid_config, authentication_failed */
export async function loadCredentials(settings: AuthSettings, home = homedir()): Promise<Credentials> {
  const { method, keyFile, agent, password } = settings;
  const passphrase = settings.passphrase ?? password;
  if (method === 'key' || (method === 'automatic' && keyFile !== null)) {
    if (keyFile === null) throw new StorageError('invalid_config', 'keyFile: expected the path of a private key, because the location signs in with one.', { context: { field: 'keyFile' } });
    return { settings, keys: [await requireKey(keyFile.replace(/^~(?=[/\\])/, home), passphrase)] };
  }
  if (method === 'agent' && agent === null) throw new StorageError('invalid_config', 'agent: no SSH agent was found: SSH_AUTH_SOCK is not set. Start one, or give its socket.', { context: { field: 'agent' } });
  if ((method === 'password' || method === 'keyboard-interactive') && password === null) throw new StorageError('authentication_failed', 'The location signs in with a password, but none is set: enter it.', { context: { field: 'secret' } });
  if (method !== 'automatic') return { settings, keys: [] };
  const outcomes = await Promise.all(USUAL_KEYS.map((name) => readKey(join(home, '.ssh', name), passphrase)));
  return { settings, keys: outcomes.flatMap((outcome) => ('key' in outcome ? [outcome.key] : [])) };
}

/** One connection's signing in: what is tried next, and afterwards in words what was tried. */
export class Authentication {
  readonly #endpoint: Endpoint;
  readonly #queue: AnyAuthMethod[];
  readonly #tried: string[] = [];
  #offered: readonly string[] = [];
  #unanswered: string | null = null;

  constructor({ settings: { method, agent, password }, keys }: Credentials, endpoint: Endpoint) {
    const username = endpoint.user;
    const wants = (...choices: readonly AuthChoice[]) => method === 'automatic' || choices.includes(method);
    const byKey = keys.map((key): AnyAuthMethod => ({ type: 'publickey', username, key }));
    const byAgent: AnyAuthMethod[] = agent !== null && wants('agent') ? [{ type: 'agent', username, agent }] : [];
    const byPassword: AnyAuthMethod[] = password !== null && wants('password', 'key', 'agent') ? [{ type: 'password', username, password }] : [];
    const byPrompt: AnyAuthMethod[] = password !== null && wants('keyboard-interactive', 'password') ? [{ type: 'keyboard-interactive', username, prompt: this.#answer(password) }] : [];
    this.#endpoint = endpoint;
    // The server tells what it takes when nothing is shown to it; only that is tried then.
    this.#queue = [{ type: 'none', username }, ...byKey, ...byAgent, ...byPassword, ...byPrompt];
  }

  /** For the library: `left` is what the server would take now, null before it said so. */
  next(left: readonly AuthenticationType[] | null): AnyAuthMethod | null {
    if (left !== null) this.#offered = left;
    for (let method = this.#queue.shift(); method !== undefined; method = this.#queue.shift()) {
      const asked = method.type === 'agent' ? 'publickey' : method.type;
      if (asked !== 'none' && left !== null && !left.includes(asked)) continue;
      // The same password once more would count as another failure.
      if (method.type === 'keyboard-interactive' && this.#tried.includes('password')) continue;
      if (method.type !== 'none') this.#tried.push(method.type);
      return method;
    }
    return null;
  }

  /** Why nobody was let in. */
  refused(cause?: unknown): StorageError {
    const { user } = this.#endpoint;
    const place = placeOf(this.#endpoint);
    const offered = this.#offered.length === 0 ? 'nothing' : this.#offered.join(', ');
    const tried = this.#tried.length === 0 ? `nothing of what it takes (${offered}) could be tried: enter a password, or name a key` : `tried ${this.#tried.map((type) => NAMES[type] ?? type).join(', ')}; it takes ${offered}`;
    const asked = this.#unanswered === null ? '' : ` It asked ${JSON.stringify(this.#unanswered)}, which Holdfast cannot answer.`;
    return new StorageError('authentication_failed', `${place} did not let ${JSON.stringify(user)} in: ${tried}.${asked}`, { cause, context: { host: this.#endpoint.host, port: this.#endpoint.port, user } });
  }

  /** A hidden prompt is for the password, once; whatever else a server may ask, a program cannot know. */
  #answer(password: string): (name: string, instructions: string, language: string, prompts: readonly { readonly prompt: string; readonly echo?: boolean }[], finish: (answers: string[]) => void) => void {
    let given = false;
    return (_name, _instructions, _language, prompts, finish) => {
      finish(
        prompts.map(({ prompt, echo }) => {
          if (echo !== true && !given) {
            given = true;
            return password;
          }
          this.#unanswered = prompt.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim().slice(0, 100);
          return '';
        }),
      );
    };
  }
}

const NAMES: Readonly<Record<string, string>> = { publickey: 'a key', agent: 'the keys of the SSH agent', password: 'the password', 'keyboard-interactive': 'the password as an answer' };
