import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Exchange, addressOf, answer, take } from './http-exchange.ts';
import { receive } from './http-uploads.ts';

export async function answerRequest(exchange: Exchange): Promise<void> {
  const { request, response, method, options } = exchange;
  if (options.token !== null && request.headers.authorization !== `Bearer ${options.token}`) {
    request.resume();
    return answer(response, 401, 'The token is missing or wrong.\n', { 'www-authenticate': 'Bearer', connection: 'close' });
  }
  if (take(exchange, 'stall')) return;
  const status = take(exchange, 'status');
  if (status !== null) {
    request.resume();
    return answer(response, status.status, status.body ?? `fault ${status.status}\n`, { connection: 'close', ...status.headers });
  }
  const redirect = take(exchange, 'redirect');
  if (redirect !== null) {
    request.resume();
    return answer(response, redirect.status ?? 307, '', { location: redirect.to });
  }
  switch (method) {
    case 'GET':
      return get(exchange);
    case 'HEAD':
      return options.head ? get(exchange) : answer(response, 405, '');
    case 'PUT':
      return receive(exchange);
    case 'POST':
      return allocate(exchange);
    case 'DELETE':
      return remove(exchange);
    default:
      return answer(response, 405, 'method not allowed\n');
  }
}

async function get(exchange: Exchange): Promise<void> {
  const { response, path, slash, query, options, store } = exchange;
  const file = store.get(path);
  if (slash || (file === undefined && store.isFolder(path))) return folder(exchange);
  if (file === undefined) return answer(response, 404, `There is no ${path}.\n`);
  const algorithm = query.get('checksum');
  if (algorithm !== null && options.digests.length > 0) return digest(exchange, algorithm);
  return download(exchange, file.blob, file.modified);
}

async function folder(exchange: Exchange): Promise<void> {
  const { response, path, slash, options, store } = exchange;
  if (!store.isFolder(path)) return answer(response, 404, `There is no folder ${path}.\n`);
  if (!slash) return answer(response, 301, '', { location: `${addressOf(path)}/` });
  if (!options.listing) return answer(response, 403, 'Folders are not listed here.\n');
  const fault = take(exchange, 'listing');
  answer(response, 200, fault?.body ?? JSON.stringify(await store.index(path)), { 'content-type': 'application/json' });
}

async function digest(exchange: Exchange, algorithm: string): Promise<void> {
  const { response, path, options, store } = exchange;
  if (!options.digests.includes(algorithm)) return answer(response, 400, `No ${algorithm} here.\n`);
  const value = `${algorithm}:${await store.digest(path, algorithm)}`;
  const fault = take(exchange, 'digest');
  if (fault !== null) return answer(response, 200, fault.body);
  return options.digestForm === 'text' ? answer(response, 200, `${value}\n`) : answer(response, 200, JSON.stringify({ checksum: value }), { 'content-type': 'application/json' });
}

async function download(exchange: Exchange, blob: string, modified: Date): Promise<void> {
  const { request, response, method, path, options, store } = exchange;
  const size = await store.size(path);
  const range = options.ranges ? /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') : null;
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
  if (range !== null && start >= size) return answer(response, 416, '', { 'content-range': `bytes */${size}` });
  const said = method === 'HEAD' ? (take(exchange, 'head size')?.size ?? size) : end - start + 1;
  response.writeHead(range === null ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': said,
    'last-modified': modified.toUTCString(),
    ...(options.ranges && { 'accept-ranges': 'bytes' }),
    ...(range !== null && { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (method === 'HEAD' || end < start) return void response.end();
  await give(exchange, blob, start, end);
}

async function give(exchange: Exchange, blob: string, start: number, end: number): Promise<void> {
  const { response } = exchange;
  const cut = take(exchange, 'cut')?.after ?? Number.POSITIVE_INFINITY;
  const stall = take(exchange, 'stall download')?.after ?? Number.POSITIVE_INFINITY;
  const slow = take(exchange, 'slow');
  const stop = Math.min(cut, stall);
  const piece = slow === null ? 256 * 1024 : Math.max(1, Math.floor(slow.bytesPerSecond / 10));
  const source = createReadStream(blob, { start, end, highWaterMark: piece });
  if (stop === Number.POSITIVE_INFINITY && slow === null) return pipeline(source, response);
  let sent = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, stop - sent);
    sent += part.length;
    await new Promise<void>((resolve) => response.write(part, () => resolve()));
    if (sent >= cut) return void response.destroy();
    if (sent >= stall || response.destroyed) return;
    if (slow !== null) await sleep((part.length / slow.bytesPerSecond) * 1000);
  }
  response.end();
}

async function allocate(exchange: Exchange): Promise<void> {
  const { request, response, options, store } = exchange;
  request.resume();
  if (!options.allocate) return answer(response, 405, 'method not allowed\n');
  const size = Number(request.headers['x-expected-size'] ?? Number.NaN);
  if (!Number.isSafeInteger(size) || size < 0) return answer(response, 400, 'X-Expected-Size is missing.\n');
  if (size > options.capacity) return answer(response, 507, 'No room for that.\n');
  const path = take(exchange, 'move')?.to ?? exchange.path;
  if (store.get(path) !== undefined || store.collides(path)) return answer(response, 409, `${path} exists.\n`);
  await store.allocate(path, size);
  answer(response, 201, '', { location: addressOf(path) });
}

async function remove({ request, response, path, slash, options, store }: Exchange): Promise<void> {
  request.resume();
  if (!options.remove) return answer(response, 405, 'method not allowed\n');
  if (!slash && store.get(path) === undefined && store.isFolder(path)) return answer(response, 409, `${path} is a folder.\n`);
  if (slash && store.get(path) !== undefined) return answer(response, 404, `${path} is no folder.\n`);
  if (await store.remove(path)) answer(response, 204);
  else answer(response, 404, `There is no ${path}.\n`);
}
