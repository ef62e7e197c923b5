import type { FailureRecord } from './prove-failures.ts';
import { FAILURES, type Failure } from './target.ts';

/** Which failures were tried where and how they ended, in Markdown. Output of a run, never written by hand. */
export function failuresMatrix(records: readonly FailureRecord[], at: Date): string {
  return [
    '# What goes wrong, and what is said then',
    '',
    `Written by \`npm run soak -- failures\` on ${at.toISOString().slice(0, 10)}; every cell is what that run found: the error's code and the exit code of the command, or why it cannot be had there. Each was checked for a sentence that names the place, a next step, an untouched source and nothing half under the file's name.`,
    '',
    row(['Storage', ...FAILURES]),
    row(Array.from({ length: FAILURES.length + 1 }, () => '---')),
    ...records.map((record) => row([record.title, ...FAILURES.map((failure) => cellOf(record, failure))])),
    '',
  ].join('\n');
}

/** Each sentence with its next step, in Markdown. */
export function failureSentences(records: readonly FailureRecord[]): string {
  return records
    .flatMap(({ title, version, refused }) => [
      `### ${title} (${version.split('\n')[0] ?? ''})`,
      '',
      row(['What', 'Error', 'Exit code', 'What is said', 'Next step']),
      row(['---', '---', '---', '---', '---']),
      ...refused.map(({ what, code, exit, message, nextStep, problem }) => row([problem === null ? what : `**${what}: ${problem}**`, code, String(exit), neutral(message), neutral(nextStep)])),
      '',
    ])
    .join('\n');
}

function cellOf({ refused, notHere }: FailureRecord, failure: Failure): string {
  const tried = refused.filter((one) => one.failure === failure);
  if (tried.length === 0) return notHere[failure] ?? 'not tried';
  return tried.map(({ code, exit, problem }) => `${code} (${exit})${problem === null ? '' : ' **not as promised**'}`).filter((text, index, all) => all.indexOf(text) === index).join(', ');
}

/** Ports, names of accounts and fingerprints are others in every run. */
function neutral(text: string): string {
  return text
    .replaceAll(/(127\.0\.0\.1|no-such-host\.invalid|localhost):\d+/g, '$1:PORT')
    .replaceAll(/\b([0-9A-F]{2}:){31}[0-9A-F]{2}\b/g, 'AB:CD:…')
    .replaceAll(/SHA256:[A-Za-z0-9+/]{43}/g, 'SHA256:…')
    .replaceAll(/hf-[0-9a-f]{10}/g, 'USER')
    .replaceAll(/\/tmp\/holdfast-[\w.-]+/g, '…')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/n{40,}/g, 'nnn…');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
