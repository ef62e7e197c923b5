import { type Checksum, checksumAlgorithm, formatChecksum, HASH_HEX_LENGTHS, type HashName, parseChecksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { discard, headerOf, type HttpClient, isSuccess } from '../../http/http-client.ts';

/** No digest is longer, in bytes; a server that does not know `?checksum=` sends the file instead, which must not be downloaded. */
const MAX_DIGEST_BYTES = 1024;

/**
 * Asks the server for the digest of the bytes that it stores: `GET uri?checksum=sha256`, answered by `{"checksum":"sha256:..."}` or by
 * `sha256:...` or the bare hexadecimal digits as text.
 * @param workload bytes that it must hash, so that it gets the time for it
 * @throws StorageError unsupported when the answer is none, or one by another algorithm; not_found
 */
export async function askDigest(client: HttpClient, uri: string, algorithm: HashName, options: OperationOptions & { readonly workload?: number | undefined } = {}): Promise<Checksum> {
  const url = new URL(uri);
  url.searchParams.set('checksum', algorithm);
  const answer = await client.send('GET', url.href, { ...options, headers: { accept: 'application/json, text/plain;q=0.9' } });
  if (answer.status === 400 || answer.status === 422) {
    await discard(answer);
    throw noDigest(uri, algorithm, `the server answered ${answer.status}`);
  }
  if (!isSuccess(answer)) throw await client.refusalOf('GET', answer);
  if (Number(headerOf(answer, 'content-length') ?? 0) > MAX_DIGEST_BYTES) {
    answer.body.destroy();
    throw noDigest(uri, algorithm, 'the answer is too long for a digest');
  }
  const text = await client.text(answer, MAX_DIGEST_BYTES);
  const checksum = text === null ? null : readDigest(text, algorithm);
  if (checksum === null) throw noDigest(uri, algorithm, 'the answer is no digest');
  if (checksumAlgorithm(checksum) !== algorithm) throw noDigest(uri, algorithm, `the answer is ${checksumAlgorithm(checksum)}`);
  return checksum;
}

/** Bare digits are taken for the algorithm that was asked for. @returns null for everything that is not exactly a digest */
export function readDigest(text: string, asked: HashName): Checksum | null {
  try {
    const value: unknown = text.trimStart().startsWith('{') ? (JSON.parse(text) as { readonly checksum?: unknown }).checksum : text;
    if (typeof value !== 'string') return null;
    const digits = value.trim();
    return /^[0-9a-f]+$/i.test(digits) && digits.length === HASH_HEX_LENGTHS[asked] ? formatChecksum(asked, digits) : parseChecksum(value);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof StorageError) return null;
    throw error;
  }
}

function noDigest(uri: string, algorithm: HashName, why: string): StorageError {
  return new StorageError('unsupported', `The server computes no ${algorithm} of ${uri}: ${why}.`, { context: { uri, algorithm } });
}
