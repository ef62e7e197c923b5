import type { ProbeReport } from '../../../../shared/storage/location.ts';
import type { BlobAddress } from './address.ts';
import type { Credential } from './credential.ts';
import type { Findings } from './findings.ts';

const WORDS: Readonly<Record<Credential['kind'], string>> = { anonymous: 'without a secret', key: 'with the account key', sas: 'with a shared access signature' };

/** What was found, one line for each thing that was tried. */
export function reportLines(findings: Findings, address: BlobAddress, credential: Credential['kind'], expires: Date | null): ProbeReport['lines'] {
  const line = (ok: boolean, yes: string, no: string) => ({ ok, text: ok ? yes : no });
  const { protocol, hostname } = new URL(address.endpoint);
  const lines = [
    { ok: true, text: `The container ${address.container} at ${address.endpoint} answers ${WORDS[credential]}.` },
    ...(expires === null ? [] : [{ ok: expires.getTime() > Date.now(), text: `The signature ends on ${expires.toISOString()}.` }]),
    ...(protocol === 'http:' && !isLoopback(hostname) ? [{ ok: false, text: 'Everything travels unencrypted: use https: if the server can.' }] : []),
    line(findings.list, 'Blobs can be listed.', 'Blobs cannot be listed, so nothing can be browsed; they can be opened by name.'),
    line(findings.rangeRead, 'Parts of blobs can be read.', 'Parts of blobs cannot be read.'),
    line(findings.versions, 'Snapshots and versions can be listed.', 'Snapshots and versions cannot be listed.'),
  ];
  if (!findings.write) return [...lines, { ok: false, text: `Nothing can be stored here: ${findings.notTried ?? 'it was not tried'}.` }];
  const blocks = [
    line(findings.checksBlocks, 'Each block of a large file is compared with our MD5 on arrival: a wrong one was refused.', 'A block with a wrong MD5 was accepted, so large files are known only when they are read back.'),
    line(findings.checksBlocks && findings.listsBlocks, 'Uploads that were cut go on with the blocks that are there.', 'Uploads that were cut begin anew.'),
  ];
  if (findings.notTried !== null) return [...lines, ...blocks, { ok: false, text: `Blobs can be stored, but more was not tried, because ${findings.notTried}` }];
  return [
    ...lines,
    { ok: true, text: 'A small blob was stored, read and deleted again.' },
    line(findings.checksWhole, 'A small file is compared with our MD5 on arrival: a wrong one was refused.', 'A small file with a wrong MD5 was accepted.'),
    line(findings.computesMd5, 'The service answers with the MD5 that it computed of a small file itself.', 'The service computes no MD5 of small files.'),
    ...blocks,
    line(findings.noOverwrite, 'The service refuses to replace a blob when asked to.', 'The service would replace a blob that appears while another one is uploaded to its name.'),
    ...(findings.versioning ? [{ ok: true, text: 'The account keeps a version of everything that is replaced or deleted.' }] : []),
  ];
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
