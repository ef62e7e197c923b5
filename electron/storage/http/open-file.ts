import { Readable } from 'node:stream';
import { StorageError } from '../../../shared/storage/errors.ts';
import type { OpenOptions } from '../operation-options.ts';
import { type Answer, discard, headerOf, type HttpClient } from './http-client.ts';

/**
 * GET of a file or of a part of it, as `StorageBackend.open` promises it: past the end is empty, and an answer with other bytes than
 * those asked for is an error.
 * @param requireThere rejects when there is no such file; asked where no request is needed otherwise
 */
export async function openFile(client: HttpClient, uri: string, { start = 0, end, signal }: OpenOptions, requireThere: () => Promise<unknown>): Promise<Readable> {
  if (end !== undefined && end < start) {
    await requireThere();
    return emptyStream();
  }
  const ranged = start > 0 || end !== undefined;
  const answer = await client.send('GET', uri, { signal, ...(ranged && { headers: { range: `bytes=${start}-${end ?? ''}` } }) });
  if (ranged && answer.status === 416) {
    await discard(answer);
    return emptyStream();
  }
  if (answer.status !== 200 && answer.status !== 206) throw await client.refusalOf('GET', answer);
  const problem = problemOf(answer, ranged ? start : null);
  if (problem === null) return answer.body;
  answer.body.destroy();
  throw new StorageError('unsupported', `The server cannot give what was asked of ${uri}: ${problem}.`, { context: { uri, status: answer.status } });
}

/** Bytes that were compressed on the way are not the stored ones, and neither is their number. */
export function isIdentity(answer: Answer): boolean {
  const encoding = headerOf(answer, 'content-encoding');
  return encoding === null || encoding.toLowerCase() === 'identity';
}

function emptyStream(): Readable {
  return Readable.from([], { objectMode: false });
}

/** @param start first byte asked for; null when the whole file was */
function problemOf(answer: Answer, start: number | null): string | null {
  if (!isIdentity(answer)) return `it sends it compressed (${headerOf(answer, 'content-encoding')})`;
  if (start === null) return answer.status === 200 ? null : 'it answers with a part of it';
  const range = headerOf(answer, 'content-range') ?? '';
  if (answer.status === 206) return range.startsWith(`bytes ${start}-`) ? null : `it sends another part (${range})`;
  return headerOf(answer, 'content-length') === '0' ? null : 'it sends the whole file instead of a part';
}
