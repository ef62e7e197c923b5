import type { ProbeReport } from '../../../../shared/storage/location.ts';
import type { Findings } from './probe.ts';

/** What a tus location can never do, in one sentence. */
export const UPLOAD_ONLY = 'A tus server only takes uploads and names them itself: it cannot be browsed, and nothing in it can be looked up, opened, renamed or deleted by its path';

/** What was found, one line for each thing that was tried. */
export function reportLines(findings: Findings, endpoint: string, token: boolean): ProbeReport['lines'] {
  const line = (ok: boolean, yes: string, no: string) => ({ ok, text: ok ? yes : no });
  const { protocol, hostname } = new URL(endpoint);
  const { checksum, maximumSize, keepsFor, notTried, ignoresChecksum } = findings;
  return [
    { ok: true, text: `The tus server at ${endpoint} answers${token ? ' and is given the token' : ''}.` },
    { ok: false, text: `${UPLOAD_ONLY}.` },
    ...(token && protocol === 'http:' && !isLoopback(hostname) ? [{ ok: false, text: 'The token travels unencrypted: use https: if the server can.' }] : []),
    ...(notTried === null ? [{ ok: true, text: 'An upload was begun, and removed again before it was finished.' }] : [{ ok: false, text: `No upload was tried, because ${notTried}.` }]),
    line(checksum !== null, `The server compares each part with our ${checksum?.algorithm ?? 'digest'} on arrival: a wrong one was refused.`, ignoresChecksum ? 'The server says that it compares digests of parts, but took a wrong one: its word is no evidence.' : 'The server compares no digests of parts; a file is known by its size, or by reading it back if the server gives it.'),
    { ok: true, text: 'Whether the server gives a file back to the upload that stored it is seen with the first file.' },
    line(findings.terminates, 'Uploads that were given up can be removed.', 'Uploads that were given up stay until the server removes them.'),
    line(findings.defersLength, 'A file can be sent before its size is known.', 'A file of more than one part can be sent only when its size is known.'),
    ...(keepsFor === null ? [] : [{ ok: true, text: `Unfinished uploads are kept for about ${duration(keepsFor)}; a later one begins anew.` }]),
    ...(maximumSize === null ? [] : [{ ok: true, text: `The largest file that it takes has ${maximumSize.toLocaleString('en-US')} bytes.` }]),
  ];
}

function duration(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
