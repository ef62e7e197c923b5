import type { ProbeReport } from '../../../../shared/storage/location.ts';
import type { SwiftContext } from './context.ts';
import type { Findings, SegmentFindings } from './findings.ts';
import { mostBytes } from './part-plan.ts';

/** What was found, one line for each thing that was tried. */
export function reportLines(findings: Findings, { place, limits }: Pick<SwiftContext, 'place' | 'limits'>): ProbeReport['lines'] {
  const { protocol, hostname } = new URL(place.storageUrl);
  const line = (ok: boolean, yes: string, no: string) => ({ ok, text: ok ? yes : no });
  const lines = [
    { ok: true, text: `The storage at ${place.storageUrl} lets this user in, and the container ${JSON.stringify(place.container)} is there.` },
    line(limits.told, `The server tells its limits: ${limits.maxObject.toLocaleString('en-US')} bytes in one object, ${limits.maxSegments.toLocaleString('en-US')} segments, names of ${limits.maxName} bytes.`, 'The server does not tell its limits; Swift’s usual ones are taken.'),
    line(findings.list, 'Folders can be browsed.', 'This user may not list the container, so folders cannot be browsed.'),
    line(findings.rangeRead, 'Parts of files can be read.', 'Parts of files cannot be read, or there was no file to try it with.'),
    line(findings.link !== null, `Temporary links can be made (signed with ${findings.link?.digest ?? ''}).`, 'Temporary links cannot be made: no key for them is set that this user may see and that works.'),
  ];
  if (protocol === 'http:' && !isLoopback(hostname)) lines.push({ ok: false, text: 'Token and files travel unencrypted: use https: if the server can.' });
  if (findings.versioned) lines.push({ ok: true, text: 'The container keeps old versions; segments of replaced large files stay, as those may need them.' });
  if (findings.notTried !== null) return [...lines, { ok: false, text: `Nothing can be stored here: ${findings.notTried}` }];
  return [
    ...lines,
    { ok: true, text: 'A small file was stored, read and deleted again.' },
    line(findings.computesMd5, 'The server computes the MD5 of each file while it stores it.', 'The server does not tell an MD5 of what it stores; files are read back to prove them.'),
    line(findings.refusesWrongMd5, 'It refuses bytes that arrive with another MD5 than was announced.', 'It takes bytes whose MD5 is another one than was announced.'),
    line(findings.ifNoneMatch, 'It refuses to replace a file when asked to, but not when two are stored at the same moment.', 'It would replace a file that appears while another one is uploaded to its name.'),
    line(findings.keepsModified, 'The time of modification is kept.', 'The time of modification is not kept.'),
    line(findings.copy, 'Files can be copied and renamed inside the storage.', 'Files cannot be copied or renamed inside the storage.'),
    ...(findings.segments === null ? [{ ok: false, text: 'Large files of segments do not work here: uploads cannot go on after an interruption.' }] : segmentLines(findings.segments, place.container)),
    { ok: true, text: `The largest file has ${(findings.segments === null ? limits.maxObject : mostBytes(limits)).toLocaleString('en-US')} bytes.` },
  ];
}

function segmentLines({ place, refusesWrongMd5, readable, sized }: SegmentFindings, container: string): ProbeReport['lines'] {
  const where = place === 'beside' ? `the container ${JSON.stringify(`${container}_segments`)}` : 'the hidden folder .holdfast-segments of the container, as no other container may be made or used';
  return [
    { ok: true, text: `Large files are stored as segments, which lie in ${where}; uploads can go on after an interruption.` },
    { ok: refusesWrongMd5, text: refusesWrongMd5 ? 'The server compares the MD5 of each segment when it makes one file of them.' : 'The server does not compare the MD5s of segments when it makes one file of them, so that alone proves nothing; each segment is proven when it is stored.' },
    ...(readable ? [] : [{ ok: false, text: 'The server does not tell the segments of large files: those of other programs stay when their file is replaced.' }]),
    ...(sized ? [] : [{ ok: false, text: 'The server lists large files with a wrong size; each file that is listed as empty is asked for.' }]),
  ];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
