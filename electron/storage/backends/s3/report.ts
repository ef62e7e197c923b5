import type { ProbeReport } from '../../../../shared/storage/location.ts';
import type { Findings } from './findings.ts';
import type { S3Session } from './session.ts';
import type { S3Settings } from './settings.ts';

/** What was found, one line for each thing that was tried. */
export function reportLines(findings: Findings, { server, region }: Pick<S3Session, 'server' | 'region'>, { bucket, signIn, declareDigest }: S3Settings): ProbeReport['lines'] {
  const line = (ok: boolean, yes: string, no: string) => ({ ok, text: ok ? yes : no });
  const lines = [
    { ok: true, text: `${server} answers for the bucket ${bucket} (region ${region})${signIn.kind === 'anonymous' ? '' : ' and takes the keys'}.` },
    line(findings.list, 'Folders can be listed.', 'The keys do not allow the bucket to be listed.'),
    line(findings.rangeRead, 'Parts of files can be read.', 'Parts of files cannot be read, or there was no small file to try it with.'),
    line(findings.versions, 'Earlier versions of files are kept.', 'Earlier versions are not kept.'),
  ];
  const url = new URL(server);
  if (signIn.kind !== 'anonymous' && url.protocol === 'http:' && !isLoopback(url.hostname)) lines.push({ ok: false, text: 'Files travel unencrypted (requests are signed, so the keys do not): use https: if the server can.' });
  if (findings.notTried !== null) return [...lines, { ok: false, text: `Nothing can be stored here: ${findings.notTried}` }];
  const { parts, checksum } = findings;
  return [
    ...lines,
    { ok: true, text: 'A small file was stored, read and deleted again.' },
    line(findings.contentMd5, 'The server refuses bytes whose MD5 is another one than announced.', 'The server does not compare the MD5 that is announced.'),
    line(findings.payloadHash, 'The server refuses bytes whose SHA-256 is another one than signed.', 'The server does not compare the SHA-256 that is signed.'),
    line(checksum !== null, `The server checks and tells ${checksum ?? ''} checksums of whole objects.`, 'The server does not check x-amz-checksum headers.'),
    line(findings.etagIsMd5, 'The ETag of a file that is sent whole is its MD5.', 'ETags are no MD5s.'),
    line(parts !== null, 'Large files go over in parts.', 'The server takes no uploads in parts.'),
    ...(parts === null
      ? []
      : [
          line(parts.etagOfMd5s, 'The ETag of a file in parts is made of the MD5s of its parts.', 'The ETag of a file in parts says nothing about its bytes.'),
          ...(checksum === null ? [] : [line(parts.checksum, `The ${checksum} of a file in parts is checked when they are put together.`, 'The checksum of a file in parts is not checked.')]),
          line(parts.listed, 'An upload that was cut off can go on.', 'The server does not list the parts that it has, so a cut upload begins anew.'),
        ]),
    line(findings.noOverwrite, parts === null || parts.noOverwrite ? 'The server refuses to replace a file when asked to.' : 'The server refuses to replace a file when asked to; for a file in parts the name is taken first.', 'The server would replace a file that appears while another one is uploaded to its name.'),
    ...(declareDigest ? [line(findings.tagging, 'The SHA-256 of files in parts is noted as a tag.', 'The server takes no tags: the SHA-256 is noted for files only that are sent whole.')] : []),
  ];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
