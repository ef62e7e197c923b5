import type { Stats } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { type OcExchange, answer, header, refuse, take } from './exchange.ts';
import { readBody } from './bodies.ts';

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** PROPFIND; it tells what was asked for and what it has of it. */
export async function propfind(exchange: OcExchange): Promise<void> {
  const { path, store } = exchange;
  const asked = [...(await readBody(exchange.request)).matchAll(/<x:([\w-]+) xmlns:x="([^"]*)"/g)].map(([, name = '', namespace = '']) => ({ name, namespace }));
  const stats = await store.look(path);
  if (stats === null) return refuse(exchange, 404, 'File not found');
  if (stats.isDirectory() && header(exchange, 'depth') === '1') {
    const lie = take(exchange, 'listing');
    if (lie !== null) return answer(exchange, 207, lie.body, { 'content-type': 'application/xml; charset=utf-8' });
  }
  const names = stats.isDirectory() && header(exchange, 'depth') === '1' ? await store.names(path) : [];
  const entries = [{ at: path, stats }, ...(await Promise.all(names.map(async (name) => ({ at: `${path}/${name}`, stats: await store.look(`${path}/${name}`) }))))];
  const responses = await Promise.all(entries.map(async (entry) => (entry.stats === null ? '' : response(exchange, entry.at, entry.stats, asked))));
  answer(exchange, 207, `<?xml version="1.0"?>\n<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">${responses.join('')}</d:multistatus>`, { 'content-type': 'application/xml; charset=utf-8' });
}

interface Asked {
  readonly name: string;
  readonly namespace: string;
}

async function response(exchange: OcExchange, path: string, stats: Stats, asked: readonly Asked[]): Promise<string> {
  const values = await Promise.all(asked.map(async ({ name, namespace }) => ({ tag: tagOf(name, namespace), value: await valueOf(exchange, path, stats, name) })));
  const found = values.filter(({ value }) => value !== null).map(({ tag, value }) => `<${tag}>${value ?? ''}</${tag}>`);
  const missing = values.filter(({ value }) => value === null).map(({ tag }) => `<${tag}/>`);
  const part = (items: readonly string[], status: string) => (items.length === 0 ? '' : `<d:propstat><d:prop>${items.join('')}</d:prop><d:status>HTTP/1.1 ${status}</d:status></d:propstat>`);
  return `<d:response><d:href>${escape(exchange.hrefOf(path, stats.isDirectory()))}</d:href>${part(found, '200 OK')}${part(missing, '404 Not Found')}</d:response>`;
}

function tagOf(name: string, namespace: string): string {
  return `${namespace === 'DAV:' ? 'd' : namespace.includes('nextcloud') ? 'nc' : 'oc'}:${name}`;
}

async function valueOf(exchange: OcExchange, path: string, stats: Stats, name: string): Promise<string | null> {
  const { options, store } = exchange;
  const isFolder = stats.isDirectory();
  const isProduct = options.product !== 'plain';
  switch (name) {
    case 'resourcetype':
      return isFolder ? '<d:collection/>' : '';
    case 'getcontentlength':
      return isFolder ? null : String(take(exchange, 'size')?.size ?? stats.size);
    case 'getlastmodified':
      return stats.mtime.toUTCString();
    case 'getetag':
      return isFolder ? null : `"${stats.ino}-${stats.size}-${stats.mtimeMs}"`;
    case 'getcontenttype':
      return isFolder ? null : 'application/octet-stream';
    case 'quota-available-bytes':
      return isFolder && isProduct ? String(options.capacity === Number.POSITIVE_INFINITY ? -3 : options.capacity) : null;
    case 'quota-used-bytes':
      return isFolder && isProduct ? '12345' : null;
    case 'fileid':
    case 'id':
      return isProduct ? String(stats.ino) : null;
    case 'permissions':
      return isProduct ? (isFolder ? 'RDNVCK' : 'RDNVW') : null;
    case 'owner-display-name':
      return isProduct ? options.user : null;
    case 'has-preview':
      return options.product === 'Nextcloud' ? 'false' : null;
    case 'checksums': {
      const { checksums } = store.noted(path);
      return checksums === undefined || isFolder ? null : `<oc:checksum>${escape(checksums)}</oc:checksum>`;
    }
    default:
      return null;
  }
}

/** PROPPATCH: the time alone can be set, and only where the options say so; else it says 403 of everything. */
export async function proppatch(exchange: OcExchange): Promise<void> {
  const { path, options, store } = exchange;
  const body = await readBody(exchange.request);
  const [, name = '', namespace = '', value = ''] = /<x:([\w-]+) xmlns:x="([^"]*)">([^<]*)</.exec(body) ?? [];
  const time = Date.parse(value);
  const works = options.timeByProperty && name === 'getlastmodified' && !Number.isNaN(time) && (await store.look(path)) !== null;
  if (works) await utimes(store.at(path), time / 1000, time / 1000);
  answer(exchange, 207, `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>${escape(exchange.hrefOf(path, false))}</d:href><d:propstat><d:prop><x:${name} xmlns:x="${namespace}"/></d:prop><d:status>HTTP/1.1 ${works ? '200 OK' : '403 Forbidden'}</d:status></d:propstat></d:response></d:multistatus>`, { 'content-type': 'application/xml; charset=utf-8' });
}
