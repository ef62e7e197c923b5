import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { receive, spoil } from './bodies.ts';
import { type OcExchange, answer, header, refuse, take } from './exchange.ts';
import { type Noted, digestOf } from './store.ts';

/** No chunk of Nextcloud's but the last may be smaller. */
const SMALLEST_CHUNK = 5 * 1024 * 1024;

/** PUT of a file, or of a chunk. */
export async function put(exchange: OcExchange): Promise<void> {
  const { path, options, store } = exchange;
  const folder = await store.look(path.slice(0, path.lastIndexOf('/')));
  if (folder === null) return refuse(exchange, 409, 'Files can only be created as children of collections');
  if ((await store.look(path))?.isDirectory()) return refuse(exchange, 409, 'PUT is not allowed on non-files');
  if (options.product !== 'plain' && /\.(part|filepart)$/i.test(path)) return refuse(exchange, 400, 'Invalid file name');
  if (path.startsWith('uploads/') && !isChunkName(exchange)) return refuse(exchange, 400, 'Invalid chunk name, must be numeric between 1 and 10000');
  if (path.startsWith('uploads/') && options.product === 'Nextcloud' && header(exchange, 'destination') === null) return refuse(exchange, 400, 'The Destination header is missing');
  if (header(exchange, 'content-range') !== null) return putPart(exchange);
  if (Number(header(exchange, 'content-length') ?? 0) > options.capacity) return refuse(exchange, 507, 'Insufficient space in the storage');

  const incoming = store.incoming();
  const size = await receive(exchange, incoming);
  if (size === null) return void (await rm(incoming, { force: true }));
  const noted = await note(exchange, incoming);
  if (noted === null) {
    await rm(incoming);
    return refuse(exchange, 400, 'The computed checksum does not match the one received from the client.');
  }
  await spoil(exchange, incoming);
  const isNew = (await store.look(path)) === null;
  const time = path.startsWith('uploads/') ? null : timeOf(exchange);
  await store.publish(incoming, path, noted, time);
  if (!exchange.response.headersSent) answer(exchange, isNew ? 201 : 204, '', time === null ? {} : { 'x-oc-mtime': 'accepted' });
}

/** In place, as mod_dav does. */
async function putPart(exchange: OcExchange): Promise<void> {
  const { path, options, store } = exchange;
  const [, start] = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(header(exchange, 'content-range') ?? '') ?? [];
  if (!options.partialPut || start === undefined) return refuse(exchange, 400, 'PUT with Content-Range is not allowed.');
  if ((await receive(exchange, store.at(path), Number(start))) === null) return;
  await spoil(exchange, store.at(path));
  answer(exchange, 204);
}

/** MOVE of `.file`: all chunks in the order of their names become one file. */
export async function join(exchange: OcExchange, target: string): Promise<void> {
  const { path, options, store } = exchange;
  const folder = path.slice(0, path.lastIndexOf('/'));
  if ((await store.look(folder)) === null) return refuse(exchange, 404, 'Upload not found');
  const chunks = [...(await store.names(folder))].sort();
  const sizes = await Promise.all(chunks.map(async (name) => (await stat(store.at(`${folder}/${name}`))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const expected = header(exchange, 'oc-total-length');
  if (expected !== null && Number(expected) !== total) return refuse(exchange, 400, `Chunks on server do not sum up to ${expected} but to ${total} bytes`);
  if (options.product === 'Nextcloud' && sizes.slice(0, -1).some((size) => size < SMALLEST_CHUNK)) return refuse(exchange, 400, 'Your proposed upload is smaller than the minimum allowed size');
  if (total > options.capacity) return refuse(exchange, 507, 'Insufficient space in the storage');
  const incoming = store.incoming();
  await writeFile(incoming, '');
  for (const name of chunks) await pipeline(createReadStream(store.at(`${folder}/${name}`)), createWriteStream(incoming, { flags: 'a' }));
  const noted = await note(exchange, incoming);
  if (noted === null) {
    await rm(incoming);
    return refuse(exchange, 400, 'The computed checksum does not match the one received from the client.');
  }
  await spoil(exchange, incoming);
  const isNew = (await store.look(target)) === null;
  await store.publish(incoming, target, noted, timeOf(exchange));
  await store.remove(folder);
  answer(exchange, isNew ? 201 : 204, '', { 'x-oc-mtime': 'accepted' });
}

/** What the server notes of a file that came in. @returns null when it compared a digest that was another one */
async function note(exchange: OcExchange, file: string): Promise<Noted | null> {
  const { options } = exchange;
  const [sent, repr] = [header(exchange, 'oc-checksum'), header(exchange, 'repr-digest')];
  if (repr !== null && options.reprDigest === 'compared' && repr !== `sha-256=:${await digestOf(file, 'sha256', 'base64')}:`) return null;
  if (options.product === 'plain') return repr === null ? {} : { reprDigest: repr };
  const mode = options.ocChecksum ?? (options.product === 'ownCloud' ? 'compare' : 'keep');
  if (mode === 'keep') return sent === null ? {} : { checksums: sent };
  const [name = '', value = ''] = (sent ?? '').split(':');
  const algorithm = { SHA1: 'sha1', MD5: 'md5', SHA256: 'sha256' }[name.toUpperCase()];
  if (algorithm !== undefined && value.toLowerCase() !== (await digestOf(file, algorithm, 'hex'))) return null;
  return { checksums: `SHA1:${await digestOf(file, 'sha1', 'hex')} MD5:${await digestOf(file, 'md5', 'hex')} ADLER32:00000001` };
}

function isChunkName({ path, options }: OcExchange): boolean {
  const number = Number(/\/(\d{1,5})$/.exec(path)?.[1] ?? 0);
  return path.split('/').length === 3 && number >= 1 && number <= 10_000 && options.chunking;
}

function timeOf(exchange: OcExchange): Date | null {
  const seconds = Number(header(exchange, 'x-oc-mtime') ?? Number.NaN);
  return Number.isNaN(seconds) || exchange.options.timeByProperty || exchange.options.product === 'plain' ? null : new Date(seconds * 1000);
}

export function refusedByFault(exchange: OcExchange): boolean {
  const fault = take(exchange, 'status');
  if (fault === null) return false;
  refuse(exchange, fault.status, fault.body ?? `fault ${fault.status}`);
  return true;
}
