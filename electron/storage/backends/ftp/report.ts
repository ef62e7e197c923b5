import type { ProbeReport } from '../../../../shared/storage/location.ts';
import type { FtpClient } from './client.ts';
import { uriOf } from './names.ts';
import type { Findings } from './probe.ts';

type Line = ProbeReport['lines'][number];

/** What was found, one line for each thing that was tried. */
export function reportLines({ settings, features, naming }: FtpClient, { list, rangeRead, digests, writing, notTried }: Findings): readonly Line[] {
  const line = (ok: boolean, yes: string, no: string): Line => ({ ok, text: ok ? yes : no });
  const lines: Line[] = [
    { ok: true, text: `The server at ${uriOf(naming, '')} answers, and takes the user and the password.` },
    settings.security === 'none' ? { ok: false, text: 'Nothing is encrypted: everybody on the way can read the password and the files, and change them. Choose TLS if the server has it.' } : { ok: true, text: `Commands and files are encrypted (${settings.security} TLS)${settings.pin === null ? '' : ', with the one certificate that you trusted'}.` },
    line(list, features.commands.has('MLST') ? 'Folders can be browsed, with exact times.' : 'Folders can be browsed; each file is asked for its time.', 'Folders cannot be browsed.'),
    line(features.utf8, 'Names may hold any letters (UTF-8).', 'Only names of ASCII letters can be used: the server does not say that it takes UTF-8.'),
    line(rangeRead, 'Parts of files can be read.', 'Parts of files cannot be read, or there was no file to try it with.'),
  ];
  if (writing === null) return [...lines, { ok: false, text: `Nothing can be stored here: ${notTried ?? 'it was not tried.'}` }];
  return [
    ...lines,
    { ok: true, text: 'A small file was stored, read, renamed and deleted again.' },
    line(digests.length > 0, `The server computes digests of what it stores: ${digests.map(({ algorithm, feature }) => `${algorithm} (${feature})`).join(', ')}.`, 'The server computes no digests; files are read back to prove them.'),
    line(writing.resume !== null, 'Uploads that were cut off go on where they stopped.', 'Uploads that were cut off begin anew: the server neither restarts nor appends.'),
    line(!writing.replaces, 'The server refuses to rename a file to a name that is taken.', 'The server would replace a file that appears in the last moment under the name of another one.'),
    line(writing.modified !== null, 'Times of modification are kept.', 'Times of modification are not kept.'),
    line(writing.copies, 'Copies are made by the server itself.', 'Copies go through this computer.'),
  ];
}
