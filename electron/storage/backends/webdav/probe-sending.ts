import { randomBytes, randomUUID } from 'node:crypto';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import { type SentHash, checksumOf } from './bytes-digest.ts';
import { CHUNK_FOLDER, chunkHeaders, chunkName, inFiles } from './chunks.ts';
import type { DavClient } from './dav-client.ts';
import type { Chunks, Product, SentDigest } from './findings.ts';
import { OC_HASHES } from './oc-checksum.ts';
import type { Scratch } from './scratch.ts';
import { sentDigestHeader } from './write-headers.ts';

/** A digest in a header counts for something only where a wrong one is refused and the right one is not. ownCloud's products get it in any case, as others read it there. */
export async function probeSentDigest(scratch: Scratch, product: Product | null): Promise<SentDigest | null> {
  const candidates = product === null ? [{ header: 'repr-digest', algorithm: 'sha256' } as const] : ocAlgorithms(product).map((algorithm) => ({ header: 'oc-checksum', algorithm }) as const);
  for (const candidate of candidates) {
    const sent = { ...candidate, compared: true };
    const bytes = randomBytes(24);
    const wrong = await scratch.put('sent', bytes, digestHeader(sent, [randomBytes(24)]));
    if (wrong === null) return product === null ? null : { ...candidate, compared: false };
    if ((await scratch.put('sent', bytes, digestHeader(sent, [bytes]))) === null && (await scratch.read('sent'))?.equals(bytes) === true) return sent;
  }
  return null;
}

function digestHeader(sent: SentDigest, pieces: readonly Uint8Array[]): Readonly<Record<string, string>> {
  return sentDigestHeader(sent, checksumOf(sent.algorithm, pieces));
}

/** An upload of one chunk, joined into a file of the scratch folder: by a wrong digest first, where digests are compared at all. */
export async function probeChunks(dav: DavClient, scratch: Scratch, product: Product | null, sent: SentDigest | null, signal: AbortSignal | undefined): Promise<Chunks | null> {
  const places = product?.chunking === true ? product.places : null;
  const target = places === null ? null : inFiles(dav.root, places, scratch.at('joined'));
  if (places === null || target === null) return null;
  const bytes = randomBytes(40);
  const folder = `${places.uploads}${CHUNK_FOLDER}probe-${randomUUID()}/`;
  const headers = chunkHeaders(dav, target, bytes.length);
  const join = (wrong: Readonly<Record<string, string>>) => scratch.refusal(dav.move(`${folder}.file`, target, { overwrite: true, headers: { ...headers, ...wrong } }));
  if ((await scratch.refusal(dav.makeFolder(folder, { headers }))) !== null) return null;
  try {
    if ((await scratch.refusal(dav.put(`${folder}${chunkName(1)}`, { body: bytes, headers }))) !== null) return null;
    throwIfCanceled(signal);
    const compared = sent?.compared === true && (await join(digestHeader(sent, [randomBytes(40)]))) !== null;
    await join(sent === null ? {} : digestHeader(sent, [bytes]));
    return (await scratch.read('joined'))?.equals(bytes) === true ? { ...places, compared } : null;
  } finally {
    await dav.remove(folder).catch(() => undefined);
  }
}

/** Those that ownCloud says that it takes; without a word it takes SHA1. */
function ocAlgorithms({ checksums }: Product): readonly SentHash[] {
  const told = OC_HASHES.filter((name) => checksums.includes(name));
  return told.length > 0 ? told : ['sha1'];
}
