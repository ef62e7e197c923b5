import type { ProbeReport } from '../../../../shared/storage/location.ts';
import type { Findings, WriteFindings } from './findings.ts';

/** A clock that is further off, in seconds, confuses who compares times. */
const CLOCK_TOLERANCE = 120;

export interface ReportedLocation {
  readonly root: string;
  readonly signsIn: boolean;
  /** the sign-in can be read on the way */
  readonly inClear: boolean;
}

/** What was found, one line for each thing that was tried. */
export function reportLines(findings: Findings, { root, signsIn, inClear }: ReportedLocation): ProbeReport['lines'] {
  const { product, write, notWritable, rangeRead, clockAhead } = findings;
  const lines = [
    { ok: true, text: `The WebDAV server at ${root} answers${signsIn ? ' and takes the sign-in' : ''}.` },
    ...(product === null ? [] : [{ ok: true, text: `It is ${product.name} ${product.version}.` }]),
    line(rangeRead, 'Parts of files can be read.', 'Parts of files cannot be read, or there was no file to try it with.'),
  ];
  if (inClear) lines.push({ ok: false, text: 'The sign-in travels unencrypted: use https: if the server can.' });
  if (clockAhead !== null && Math.abs(clockAhead) > CLOCK_TOLERANCE) lines.push({ ok: false, text: `The server’s clock is ${duration(Math.abs(clockAhead))} ${clockAhead > 0 ? 'ahead of' : 'behind'} the one of this computer: the times of its files are off by as much. Set the one that is wrong.` });
  if (write === null) return [...lines, { ok: false, text: `Nothing can be stored here: ${notWritable?.message ?? 'the server takes nothing.'}` }];
  return [...lines, ...writeLines(write, product !== null)];
}

function writeLines(write: WriteFindings, isProduct: boolean): ProbeReport['lines'] {
  const { sentDigest, serverDigest, noOverwrite, setsTime, partialPut, chunks, copy } = write;
  const header = sentDigest?.header === 'oc-checksum' ? 'OC-Checksum' : 'Repr-Digest';
  return [
    { ok: true, text: 'A small file was stored, read, moved over another one and deleted again.' },
    line(serverDigest.length > 0, `The server computes digests of what it stores: ${serverDigest.join(', ')}.`, 'The server computes no digests; files are read back to prove them.'),
    ...(sentDigest === null ? [] : [line(sentDigest.compared, `The server compares the ${sentDigest.algorithm} that comes with a file (${header}): another one was refused.`, `The server keeps the ${sentDigest.algorithm} that comes with a file (${header}), but took a wrong one too: it proves nothing.`)]),
    line(noOverwrite, 'The server refuses to replace a file when asked to.', 'The server would replace a file that appears while another one is uploaded to its name.'),
    line(setsTime !== null, 'The time of modification is kept.', 'The time of modification is that of the upload.'),
    line(chunks !== null || partialPut, chunks === null ? 'Uploads that are cut go on: bytes can be added to a file.' : 'Uploads that are cut go on: large files are sent in chunks.', 'Uploads that are cut begin anew: the server has no way to go on.'),
    ...(isProduct ? [] : [line(partialPut, 'Bytes can be written into the middle of a file.', 'Bytes cannot be written into the middle of a file.')]),
    ...(write.hidesDotNames ? [{ ok: false, text: 'The server does not list names that begin with a dot, so they are refused.' }] : []),
    line(copy, 'The server copies files by itself.', 'The server does not copy files by itself.'),
  ];
}

function line(ok: boolean, yes: string, no: string): { readonly ok: boolean; readonly text: string } {
  return { ok, text: ok ? yes : no };
}

function duration(seconds: number): string {
  if (seconds < 2 * 60 * 60) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 2 * 24 * 60 * 60 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`;
}
