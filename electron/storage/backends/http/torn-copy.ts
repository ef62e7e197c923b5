import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../../../../shared/storage/errors.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import { discard, type HttpClient } from '../../http/http-client.ts';
import { statFile } from './stat.ts';

/** When to look for what a server made of a cut upload, in ms after the look before; it may need a moment to notice the cut. */
const LOOKS = [50, 300];
/** Bytes at the end of the piece that must be ours before it is removed. */
const TAIL = 64 * 1024;
/** What was sent last is remembered up to so many bytes: more than lies between this program and the server's disk. */
const REMEMBERED = 8 * 1024 * 1024;

/** Asked before an upload: only a name that was free is ever cleaned up after it. A server that cannot tell counts as not free. */
export async function isFree(client: HttpClient, uri: string, options: OperationOptions): Promise<boolean> {
  try {
    await statFile(client, uri, options);
    return false;
  } catch (error) {
    return error instanceof StorageError && error.code === 'not_found';
  }
}

/** The end of what was sent, to recognise a piece of it. */
export class SentTail {
  #pieces: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  #kept = 0;
  /** bytes sent in all */
  length = 0;

  add(bytes: Uint8Array): void {
    this.#pieces.push({ at: this.length, bytes });
    this.length += bytes.length;
    this.#kept += bytes.length;
    for (let first = this.#pieces[0]; first !== undefined && this.#kept - first.bytes.length >= REMEMBERED; first = this.#pieces[0]) {
      this.#kept -= first.bytes.length;
      this.#pieces.shift();
    }
  }

  /** @returns null when these bytes are not remembered */
  slice(start: number, end: number): Buffer | null {
    const first = this.#pieces[0];
    if (first === undefined || start < first.at || end > this.length) return null;
    return Buffer.concat(this.#pieces.map(({ at, bytes }) => bytes.subarray(Math.max(0, start - at), Math.max(0, end - at))));
  }
}

/**
 * Some servers show the bytes of a cut PUT under the file's name. Removes such a piece where nothing lay before, and only when it is
 * shorter than the whole and ends with the bytes that were sent there: what somebody else stored meanwhile stays. Never fails, as the
 * reason of the cut is what the user must be told.
 */
export async function removeTornCopy(client: HttpClient, uri: string, sent: SentTail, total: number | undefined): Promise<void> {
  for (const wait of LOOKS) {
    await sleep(wait);
    try {
      const { size } = await statFile(client, uri);
      if (size !== null && (total === undefined || size < total) && (await endsAsSent(client, uri, sent, size))) await discard(await client.request('DELETE', uri));
      return;
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'not_found') return;
    }
  }
}

async function endsAsSent(client: HttpClient, uri: string, sent: SentTail, size: number): Promise<boolean> {
  if (size === 0) return true;
  const start = Math.max(0, size - TAIL);
  const expected = sent.slice(start, size);
  if (expected === null) return false;
  const answer = await client.send('GET', uri, { headers: { range: `bytes=${start}-${size - 1}` } });
  if (answer.status !== 206) {
    answer.body.destroy();
    return false;
  }
  const found = await client.body(answer, expected.length);
  return found !== null && found.equals(expected);
}
