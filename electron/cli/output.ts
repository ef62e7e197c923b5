import { ERROR_ADVICE, type ErrorRecord } from '../../shared/storage/errors.ts';

export interface Streams {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
}

/** Results go to stdout, one line each, as text or as JSON; messages for people go to stderr. */
export class Output {
  readonly json: boolean;
  readonly #streams: Streams;

  constructor(json: boolean, streams: Streams) {
    this.json = json;
    this.#streams = streams;
  }

  row(record: Readonly<Record<string, unknown>>, text: string): void {
    this.#streams.stdout.write(`${this.json ? JSON.stringify(record) : this.#streams.stdout.isTTY === true ? printable(text) : text}\n`);
  }

  note(text: string): void {
    this.#streams.stderr.write(`${printable(text)}\n`);
  }

  error({ code, message }: ErrorRecord): void {
    const { title, nextStep } = ERROR_ADVICE[code];
    this.note(`${title}: ${message}\n${nextStep}`);
    if (this.json) this.#streams.stdout.write(`${JSON.stringify({ type: 'error', error: { code, message } })}\n`);
  }

  /** Resolves when everything was handed to the system, so that the process may end. */
  async drain(): Promise<void> {
    await Promise.all([this.#streams.stdout, this.#streams.stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))));
  }
}

/** Names come from servers: on a terminal control characters (escapes among them) are shown, never sent. A file or a pipe gets the name as it is. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
