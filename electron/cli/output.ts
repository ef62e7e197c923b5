import { adviceFor } from '../../shared/storage/error-advice.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { type TrustOffer, trustOfferOf } from '../../shared/storage/trust-offer.ts';

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

  /** A result: with `--json` the record, else one line of text in which foreign names cannot begin another. */
  row(record: Readonly<Record<string, unknown>>, text: string): void {
    this.#write(this.json ? JSON.stringify(record) : printable(text));
  }

  /** A result for another program, as it is: the caller has escaped what its format demands. A terminal still gets no control characters. */
  exact(record: Readonly<Record<string, unknown>>, line: string): void {
    this.#write(this.json ? JSON.stringify(record) : this.#streams.stdout.isTTY === true ? printable(line) : line);
  }

  /** A message for people, one line. */
  note(text: string): void {
    this.#streams.stderr.write(`${printable(text)}\n`);
  }

  error(error: ErrorRecord): void {
    const { code, message } = error;
    const offer = trustOfferOf(error);
    this.note(`${adviceFor(error).title}: ${message}`);
    this.advise(error);
    if (this.json) this.#write(JSON.stringify({ type: 'error', error: { code, message, ...(offer !== null && { trust: offer }) } }));
  }

  /** What to do now, for people. */
  advise(error: ErrorRecord): void {
    const offer = trustOfferOf(error);
    for (const line of offer?.trustDetails.split('\n') ?? []) this.note(`  ${line}`);
    for (const line of [...(offer?.trust === 'changed' ? [] : [adviceFor(error).nextStep]), ...(offer === null ? [] : trustAdvice(offer))]) this.note(line);
  }

  /** Resolves when everything was handed to the system, so that the process may end. */
  async drain(): Promise<void> {
    await Promise.all([this.#streams.stdout, this.#streams.stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))));
  }

  /** Whoever reads the results may end first (`| head`): then nobody needs the rest, and `stop` is called. Messages that nobody reads are no reason to stop. */
  onReaderGone(stop: () => void): void {
    this.#streams.stdout.on('error', stop);
    this.#streams.stderr.on('error', () => undefined);
  }

  #write(line: string): void {
    this.#streams.stdout.write(`${line}\n`);
  }
}

/** Nothing is trusted by itself: a person compares the fingerprint and writes it into the next command. */
function trustAdvice({ trust, trustOption, trustValue }: TrustOffer): readonly string[] {
  const value = trustValue.includes(' ') ? `"${trustValue}"` : trustValue;
  if (trust === 'changed') return [`Do not go on before the server's owner has confirmed the new fingerprint. Then: holdfast locations edit NAME --option ${trustOption}=${value}`];
  return [
    'If the fingerprint is the one that the owner tells you, add to the command:',
    `  --option ${trustOption}=${value}`,
    `or, for a location that is saved already: holdfast locations trust NAME ${value}`,
  ];
}

/** Names come from servers: control characters (terminal escapes, line ends) are shown, never sent. Tabs part columns and stay. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
