import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, truncate } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Exchange, addressOf, answer, take } from './http-exchange.ts';
import { flipByte, type StoredFile } from './http-store.ts';

/** PUT: the whole file, or a part of it with `Content-Range` (RFC 9110 section 14.5). Nothing is visible before the body has ended. */
export async function receive(exchange: Exchange): Promise<void> {
  const { request, response, path, slash, options, store } = exchange;
  const refuse = (status: number, words: string) => {
    request.resume();
    answer(response, status, `${words}\n`, { connection: 'close' });
  };
  const length = request.headers['content-length'] === undefined ? null : Number(request.headers['content-length']);
  if (slash || path === '' || store.collides(path)) return refuse(409, `${path} cannot be a file.`);
  if (length !== null && length > options.maximumBody) return refuse(413, `At most ${options.maximumBody} bytes.`);
  if (length !== null && length > options.capacity) return refuse(507, 'No room for that.');
  if (isTaken(exchange)) return refuse(412, `${path} exists.`);
  const range = /^bytes (\d+)-(\d+)\/(?:\*|\d+)$/.exec(request.headers['content-range'] ?? '');
  if (range !== null && options.update === 'refuse') return refuse(501, 'Parts are not supported.');
  if (range !== null && options.update === 'patch') return patch(exchange, Number(range[1]));
  return replace(exchange);
}

async function patch(exchange: Exchange, start: number): Promise<void> {
  const { request, response, path, store } = exchange;
  const file = store.get(path);
  if (file === undefined) {
    request.resume();
    return answer(response, 404, `There is no ${path}.\n`, { connection: 'close' });
  }
  await pipeline(request, createWriteStream(file.blob, { flags: 'r+', start }));
  await store.publish(path, { blob: file.blob, modified: new Date() });
  answer(response, 204);
}

async function replace(exchange: Exchange): Promise<void> {
  const { response, options, store } = exchange;
  const blob = store.newBlob();
  const path = take(exchange, 'move')?.to ?? exchange.path;
  try {
    const claimed = await takeBody(exchange, blob);
    if (claimed === 'too large') {
      await rm(blob, { force: true });
      return answer(response, 413, `At most ${options.maximumBody} bytes.\n`, { connection: 'close' });
    }
    if (isTaken(exchange) || store.collides(path)) {
      await rm(blob, { force: true });
      return answer(response, 412, `${path} came into being meanwhile.\n`);
    }
    const isNew = store.get(path) === undefined;
    await store.publish(path, await spoil(exchange, { blob, modified: new Date(), ...(claimed !== null && { claimed }) }));
    if (take(exchange, 'lose answer') !== null) return void response.destroy();
    answer(response, isNew ? 201 : 204, '', path === exchange.path ? {} : { location: addressOf(path) });
  } catch (error) {
    if (options.keepPartial) await store.publish(path, { blob, modified: new Date() });
    else await rm(blob, { force: true });
    throw error;
  }
}

/** @returns digests of what came, when the server is to lie about what it stored; `too large` when it is more than is allowed */
async function takeBody(exchange: Exchange, blob: string): Promise<ReadonlyMap<string, string> | null | 'too large'> {
  const { request, response, options, gate } = exchange;
  const cut = take(exchange, 'cut')?.after ?? Number.POSITIVE_INFINITY;
  const slow = take(exchange, 'slow');
  const hashes = take(exchange, 'echo digest') === null ? null : options.digests.map((name) => [name, createHash(name)] as const);
  let received = 0;
  await pipeline(
    request,
    async function* meter(source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        await gate();
        received += chunk.length;
        if (received >= cut) response.destroy();
        // Read on without keeping it, so that the refusal can still be sent.
        if (received > options.maximumBody) continue;
        for (const [, hash] of hashes ?? []) hash.update(chunk);
        yield chunk;
        if (slow !== null) await sleep((chunk.length / slow.bytesPerSecond) * 1000);
      }
    },
    createWriteStream(blob, { flags: 'wx', highWaterMark: 1024 * 1024 }),
  );
  if (received > options.maximumBody) return 'too large';
  return hashes === null ? null : new Map(hashes.map(([name, hash]) => [name, hash.digest('hex')]));
}

async function spoil(exchange: Exchange, file: StoredFile): Promise<StoredFile> {
  const flip = take(exchange, 'flip');
  if (flip !== null) await flipByte(file.blob, flip.at);
  const short = take(exchange, 'truncate');
  if (short !== null) await truncate(file.blob, short.to);
  return file;
}

function isTaken({ request, path, options, store }: Exchange): boolean {
  return options.noOverwrite && request.headers['if-none-match'] === '*' && store.get(path) !== undefined;
}
