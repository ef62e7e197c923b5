import type { Readable } from 'node:stream';
import type { Checksum } from '../../../../shared/storage/checksum.ts';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { StoredBytes } from '../../../integrity/ladder.ts';
import type { FtpClient } from './client.ts';
import { type DigestCommand, askDigest } from './digest.ts';
import { sizeOf } from './look.ts';

/** What the ladder may ask of a file of the server. `digest`: the command that the server is asked by; null when it computes none. */
export function storedFile(client: FtpClient, path: string, digest: DigestCommand | null): StoredBytes {
  let known = 0;
  const size = async (signal?: AbortSignal): Promise<number | null> => {
    const found = await sizeOfFile(client, path, signal);
    known = found ?? 0;
    return found;
  };
  const readBack = (signal?: AbortSignal): Promise<Readable> => client.read(path, { signal });
  if (digest === null) return { size, readBack };
  return { size, readBack, serverDigest: (signal) => serverDigest(client, path, digest, { size: known, signal }) };
}

/** In bytes; null when the server does not say. @throws not_found, invalid_location (a folder) */
export async function sizeOfFile(client: FtpClient, path: string, signal: AbortSignal | undefined): Promise<number | null> {
  const size = sizeOf(await client.ask(`SIZE ${path}`, { signal }));
  if (size !== null) return size;
  const entry = await client.look(path, { signal });
  if (entry === null) throw new StorageError('not_found', `There is no ${path} on the server.`, { context: { path } });
  if (entry.kind === 'folder') throw new StorageError('invalid_location', `${path} is a folder: expected a file.`, { context: { path } });
  return entry.size;
}

/** @returns null when the server refuses for this file what it did for others @throws not_found */
export async function serverDigest(client: FtpClient, path: string, digest: DigestCommand, options: { readonly size: number; readonly signal?: AbortSignal | undefined }): Promise<Checksum | null> {
  const answer = await client.use(options.signal, (connection) => askDigest(connection, digest, path, options));
  if (typeof answer === 'string') return answer;
  const error = await client.explain({ doing: `ask for the ${digest.algorithm} of ${path}`, path, wants: 'file' }, answer);
  if (error.code === 'not_found' || error.code === 'unavailable' || error.code === 'permission_denied') throw error;
  return null;
}
