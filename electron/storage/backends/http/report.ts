import type { ProbeReport } from '../../../../shared/storage/location.ts';
import type { Findings } from './probe.ts';
import type { HttpSettings } from './settings.ts';

/** What was found, one line for each thing that was tried. */
export function reportLines(findings: Findings, { root, token }: HttpSettings): ProbeReport['lines'] {
  const { protocol, hostname } = new URL(root);
  const line = (ok: boolean, yes: string, no: string) => ({ ok, text: ok ? yes : no });
  const lines = [
    { ok: true, text: `The server at ${root} answers${token ? ' and takes the token' : ''}.` },
    line(findings.list, 'Folders can be browsed.', 'The server offers no index, so folders cannot be browsed.'),
    line(findings.rangeRead, 'Parts of files can be read.', 'Parts of files cannot be read, or there was no file to try it with.'),
  ];
  if (token && protocol === 'http:' && !isLoopback(hostname)) lines.push({ ok: false, text: 'The token travels unencrypted: use https: if the server can.' });
  if (findings.notTried !== null) return [...lines, { ok: false, text: `Nothing can be stored here: ${findings.notTried}` }];
  return [
    ...lines,
    { ok: true, text: 'A small file was stored, read and deleted again.' },
    line(findings.serverDigest.length > 0, `The server computes digests of what it stores: ${findings.serverDigest.join(', ')}.`, 'The server computes no digests; files are read back to prove them.'),
    line(findings.noOverwrite, 'The server refuses to replace a file when asked to.', 'The server would replace a file that appears while another one is uploaded to its name.'),
    line(findings.initialize, 'Space can be allocated before an upload.', 'Space cannot be allocated before an upload.'),
    line(findings.update, 'Bytes can be written into the middle of a file.', 'Bytes cannot be written into the middle of a file.'),
  ];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
