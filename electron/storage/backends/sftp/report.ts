import type { ProbeReport } from '../../../../shared/storage/location.ts';
import type { ServerDigests } from './digest/server-digests.ts';
import type { Findings } from './findings.ts';

export interface ReportFacts {
  readonly place: string;
  readonly folder: string;
  readonly user: string;
  readonly digests: Pick<ServerDigests, 'algorithms' | 'forPrefix'>;
}

/** What was found, one line for each thing that was tried. */
export function reportLines(findings: Findings, { place, folder, user, digests }: ReportFacts): ProbeReport['lines'] {
  const line = (ok: boolean, yes: string, no: string) => ({ ok, text: ok ? yes : no });
  const { checkFile, tools } = findings.digests;
  const how = checkFile.length > 0 ? 'by check-file' : `by commands (${Object.values(tools).join(', ')})`;
  const lines = [
    { ok: true, text: `${place} (${findings.software.replace(/^SSH-2\.0-/, '') || 'unknown software'}) lets ${user} in, and its host key is trusted.` },
    { ok: true, text: `The folder ${folder} is there.` },
  ];
  if (findings.write === 'no') return [...lines, { ok: false, text: `Nothing can be stored here. ${findings.notTried ?? ''}`.trim() }];
  return [
    ...lines,
    findings.write === 'yes' ? { ok: true, text: 'A small file was stored, read and removed again.' } : { ok: true, text: `Files can be stored in folders of it, but not in itself. ${findings.notTried ?? ''}`.trim() },
    line(digests.algorithms.length > 0, `The server computes digests of what it stores: ${digests.algorithms.join(', ')}, ${how}.`, 'The server computes no digests: it has no check-file and runs no commands. Files are read back to prove them.'),
    line(findings.update, `An upload that was cut off goes on where it stopped; what is there is proven ${digests.forPrefix === null ? 'by reading it back' : 'by the server’s digest of it'}.`, 'The server does not let files be written into: an upload that was cut off begins anew.'),
    line(findings.replacing === 'posix-rename', 'A new file takes the place of an old one in one step.', findings.replacing === 'rename' ? 'A plain rename replaces files.' : 'An old file is moved aside for a moment when a new one takes its place.'),
    line(findings.naming !== 'look', 'A new file never replaces one that appears meanwhile.', 'The server may replace a file that appears while another one is given its name.'),
    line(findings.fsync, 'Files are on the server’s disk before they count as stored.', 'The server cannot be asked to bring files to its disk at once.'),
    line(findings.keepsTimes, 'Times of modification are kept.', 'Times of modification are not kept.'),
    line(findings.copyData, 'Copies are made inside the server.', 'Copies go through this computer.'),
  ];
}
