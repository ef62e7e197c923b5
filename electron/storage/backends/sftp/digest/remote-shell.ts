import { randomBytes } from 'node:crypto';
import type { ClientChannel } from 'ssh2';
import { StorageError } from '../../../../../shared/storage/errors.ts';
import { ConnectionLost } from '../connection-lost.ts';
import type { SshConnection } from '../ssh/ssh-connection.ts';
import { placeOf } from '../ssh/endpoint.ts';

/**
 * The same for every login shell, so that no path ever passes through one that quotes in a way of its own: the commands go to a POSIX
 * shell's standard input.
 */
const COMMAND = 'exec /bin/sh';
/** No answer is longer, in bytes. */
const MAX_OUTPUT = 1024 * 1024;

/** A shell on the server that runs one script after the other. */
export class RemoteShell {
  readonly #ssh: SshConnection;
  readonly #channel: ClientChannel;
  readonly #marker = `holdfast-${randomBytes(12).toString('hex')}`;
  #output = '';
  #waiting: { resolve(output: string): void; reject(error: Error): void } | null = null;
  #ended: StorageError | null = null;

  private constructor(ssh: SshConnection, channel: ClientChannel) {
    this.#ssh = ssh;
    this.#channel = channel;
    channel.stderr.resume();
    channel.setEncoding('latin1');
    channel.on('data', (text: string) => this.#take(text));
    channel.on('error', (error: Error) => this.#end(error.message));
    for (const end of ['end', 'close']) channel.on(end, () => this.#end('the server ended the command'));
    ssh.onLost((error) => this.#end(error.message, error));
  }

  /** @throws StorageError unsupported when the server runs no commands; unavailable */
  static async open(ssh: SshConnection): Promise<RemoteShell> {
    return new RemoteShell(ssh, await ssh.exec(COMMAND));
  }

  get ended(): boolean {
    return this.#ended !== null;
  }

  /**
   * Runs lines of a script and gives what they print. One at a time.
   * @param milliseconds after which it is given up, and the shell with it
   * @throws StorageError unsupported when the shell ends or is none; unavailable when the connection is gone, or nothing comes in time
   */
  run(script: string, milliseconds: number): Promise<string> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    if (this.#waiting !== null) return Promise.reject(new StorageError('unexpected', 'A shell runs one script at a time.'));
    return new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => this.#end(`it took longer than ${Math.round(milliseconds / 1000)} s`), milliseconds);
      this.#output = '';
      this.#waiting = {
        resolve: (output) => {
          clearTimeout(timer);
          resolve(output);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#channel.write(`${script}\nprintf '\\n%s\\n' ${this.#marker}\n`);
    });
  }

  /** Ends the shell; the server's processes end with it or soon after. */
  close(): void {
    this.#end('it was closed');
  }

  #take(text: string): void {
    if (this.#waiting === null) return;
    this.#output += text;
    const end = this.#output.indexOf(`\n${this.#marker}\n`);
    if (end < 0) {
      if (this.#output.length > MAX_OUTPUT) this.#end('its answer is too long');
      return;
    }
    const { resolve } = this.#waiting;
    this.#waiting = null;
    resolve(this.#output.slice(0, end));
  }

  #end(why: string, cause?: Error): void {
    if (this.#ended !== null) return;
    const lost = cause instanceof ConnectionLost ? cause : this.#ssh.lost;
    this.#ended = lost ?? new StorageError('unsupported', `The shell of ${placeOf(this.#ssh.endpoint)} gave no answer: ${why}.`, { context: { host: this.#ssh.endpoint.host } });
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
    this.#channel.on('error', () => undefined).close();
  }
}
