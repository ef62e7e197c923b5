import { createReadStream } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type OcExchange, answer, header, refuse, take } from './exchange.ts';

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Writes the request's body to a file of its own. @returns bytes received; null when the client went away, or was answered already */
export async function receive(exchange: OcExchange, file: string, start = 0): Promise<number | null> {
  const { request, gate } = exchange;
  const early = take(exchange, 'early ok') !== null;
  const handle = await open(file, start === 0 && header(exchange, 'content-range') === null ? 'w' : 'r+');
  let size = 0;
  try {
    await gate();
    for await (const chunk of request as AsyncIterable<Buffer>) {
      await gate();
      await handle.write(chunk, 0, chunk.length, start + size);
      size += chunk.length;
      if (early) break;
    }
  } catch {
    return null;
  } finally {
    await handle.close();
  }
  if (early) {
    answer(exchange, 201);
    request.destroy();
    return size;
  }
  const expected = header(exchange, 'content-length');
  return expected === null || Number(expected) === size ? size : null;
}

/** What a bad disk does to a file that just came in. */
export async function spoil(exchange: OcExchange, file: string): Promise<void> {
  const cut = take(exchange, 'truncate');
  if (cut !== null) await truncate(file, cut.to);
  const flip = take(exchange, 'flip');
  if (flip !== null) await flipByte(file, flip.at);
}

export async function flipByte(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await handle.write(byte, 0, 1, at);
  } finally {
    await handle.close();
  }
}

/** GET and HEAD. */
export async function give(exchange: OcExchange): Promise<void> {
  const { path, method, response, store, options } = exchange;
  const stats = await store.look(path);
  if (stats === null) return refuse(exchange, 404, 'File not found');
  if (stats.isDirectory() || path.startsWith('uploads/')) return refuse(exchange, 405, 'This cannot be downloaded');
  const range = /^bytes=(\d+)-(\d*)$/.exec(header(exchange, 'range') ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(range?.[2] ? Number(range[2]) : stats.size - 1, stats.size - 1);
  if (range !== null && start >= stats.size) return answer(exchange, 416, '', { 'content-range': `bytes */${stats.size}` });
  const digest = await reprDigest(exchange);
  response.writeHead(range === null ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': end - start + 1,
    'last-modified': stats.mtime.toUTCString(),
    ...(range !== null && { 'content-range': `bytes ${start}-${end}/${stats.size}` }),
    ...(digest !== null && { 'repr-digest': digest }),
    ...(options.product !== 'plain' && store.noted(path).checksums !== undefined && { 'oc-checksum': store.noted(path).checksums }),
  });
  if (method === 'HEAD' || end < start) return void response.end();
  await pipeline(createReadStream(store.at(path), { start, end, highWaterMark: 256 * 1024 }), response);
}

async function reprDigest(exchange: OcExchange): Promise<string | null> {
  const { path, options, store } = exchange;
  if (header(exchange, 'want-repr-digest') === null) return null;
  if (options.reprDigest === 'kept') return store.noted(path).reprDigest ?? null;
  return options.reprDigest === 'computed' ? `sha-256=:${await store.digest(path, 'sha256', 'base64')}:` : null;
}
