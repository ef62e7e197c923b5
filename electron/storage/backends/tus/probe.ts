import { randomBytes, randomUUID } from 'node:crypto';
import { type Checksum, type HashName, parseHashName } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { createHasher } from '../../../integrity/hash.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import { CHECKSUMS, type TusClient } from './tus-client.ts';

/** What was found out about a server by trying it. */
export interface Findings {
  /** bytes can be sent along with the creation */
  readonly createsWithBytes: boolean;
  /** an upload can be begun before its size is known */
  readonly defersLength: boolean;
  /** uploads can be removed: one was created and was gone after its termination */
  readonly terminates: boolean;
  /** the digest of each request that it compares: a wrong one was refused with 460 and not stored, the right one was taken; null when not */
  readonly checksum: { readonly name: string; readonly algorithm: HashName } | null;
  /** it says that it compares, but took a wrong digest */
  readonly ignoresChecksum: boolean;
  /** unfinished uploads are kept about so long, in milliseconds; null when it does not say */
  readonly keepsFor: number | null;
  readonly maximumSize: number | null;
  /** why no upload was tried; null when one was */
  readonly notTried: string | null;
}

const BYTES = 8;

/**
 * Asks the server what it can do and tries it on an upload that is never finished, since a finished one may set something going there,
 * and is terminated. A server that cannot terminate is not tried, so that nothing is left.
 * @throws StorageError authentication_failed, permission_denied, invalid_config (no tus server), untrusted_server, unavailable, canceled
 */
export async function probeServer(client: TusClient, signal?: AbortSignal): Promise<Findings> {
  const { extensions, algorithms, maximumSize } = await client.options(signal);
  if (!extensions.has('creation')) throw new StorageError('unsupported', `The server at ${client.endpoint} cannot create uploads: it lacks the extension "creation".`);
  const said = { createsWithBytes: extensions.has('creation-with-upload'), defersLength: extensions.has('creation-defer-length'), maximumSize };
  const nothing = { terminates: false, checksum: null, ignoresChecksum: false, keepsFor: null };
  if (!extensions.has('termination')) return { ...said, ...nothing, notTried: 'the server cannot remove uploads again (no extension "termination")' };
  // Without the signal: an upload whose answer was cut off could never be found again. The same below.
  const { url, expires } = await client.create(`.holdfast-probe-${randomUUID()}`, BYTES);
  let terminates = false;
  try {
    throwIfCanceled(signal);
    const { offset, length } = await client.state(url, signal);
    if (offset !== 0 || length !== BYTES) throw new StorageError('unexpected', `The server says of a new upload of ${BYTES} bytes that it has ${offset} of ${length ?? 'an unknown number'}.`, { context: { uri: url } });
    const offered = extensions.has('checksum') ? strongest(algorithms) : null;
    const honoured = offered !== null && (await refusesWrongDigest(client, url, offered, signal));
    terminates = await isTerminated(client, url);
    return { ...said, terminates, checksum: honoured ? offered : null, ignoresChecksum: extensions.has('checksum') && !honoured, keepsFor: expires === null ? null : Math.max(0, expires.getTime() - Date.now()), notTried: null };
  } finally {
    if (!terminates) await client.terminate(url).catch(() => undefined);
  }
}

function strongest(names: readonly string[]): Findings['checksum'] {
  const known = names.flatMap((name) => {
    try {
      return [{ name, algorithm: parseHashName(name) }];
    } catch (error) {
      if (error instanceof StorageError) return [];
      throw error;
    }
  });
  return CHECKSUMS.flatMap((algorithm) => known.filter((each) => each.algorithm === algorithm))[0] ?? null;
}

/** 460, nothing stored, and the right digest of the same bytes accepted. */
async function refusesWrongDigest(client: TusClient, url: string, { name, algorithm }: NonNullable<Findings['checksum']>, signal: AbortSignal | undefined): Promise<boolean> {
  const bytes = randomBytes(BYTES / 2);
  const wrong = await client.append(url, 0, bytes, { checksum: { name, checksum: await digest(algorithm, randomBytes(BYTES)) } }).then(
    () => null,
    (error: unknown) => error,
  );
  throwIfCanceled(signal);
  if (wrong === null) return false;
  if (!(wrong instanceof StorageError) || wrong.context['status'] === undefined) throw wrong as Error;
  if (wrong.context['status'] !== 460 || (await client.state(url, signal)).offset !== 0) return false;
  const taken = await client.append(url, 0, bytes, { checksum: { name, checksum: await digest(algorithm, bytes) } }).catch(refused);
  throwIfCanceled(signal);
  return taken === bytes.length;
}

async function isTerminated(client: TusClient, url: string): Promise<boolean> {
  const ended = await client.terminate(url).then(() => true, refused);
  if (ended === null) return false;
  return client.state(url).then(
    () => false,
    (error: unknown) => error instanceof StorageError && error.code === 'not_found',
  );
}

async function digest(algorithm: HashName, bytes: Uint8Array): Promise<Checksum> {
  const hasher = await createHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

/** A refusal is an answer; other failures are none. */
function refused(error: unknown): null {
  if (error instanceof StorageError && error.context['status'] !== undefined) return null;
  throw error as Error;
}
