import { StorageError } from '../../../../shared/storage/errors.ts';
import { throwIfCanceled } from '../../http/connection-failure.ts';
import { discard, headerOf } from '../../http/http-client.ts';
import type { OperationOptions } from '../../operation-options.ts';
import type { DavClient } from './dav-client.ts';
import { DAV, OC, entryOf, parseCount } from './entry.ts';
import type { Findings, Product } from './findings.ts';
import { probeWriting } from './probe-writing.ts';
import { findProduct } from './product.ts';
import { Scratch } from './scratch.ts';

export interface ProbeOptions extends OperationOptions {
  /** nothing is written */
  readonly readOnly: boolean;
  /** who asks, where that is known by name */
  readonly user: string | null;
}

/**
 * Tries the server: looks at the root, asks what product it is, then stores, changes, moves and removes files of a few bytes in a
 * folder of its own.
 * @throws StorageError authentication_failed, permission_denied, not_found, invalid_location, unsupported (no WebDAV), untrusted_server, unavailable, canceled
 */
export async function probeServer(dav: DavClient, { readOnly, user, signal }: ProbeOptions): Promise<Findings> {
  const { root } = dav;
  const entry = await dav.look(root, { signal, properties: [DAV.available, OC.fileId, OC.id, OC.preview] });
  if (entry.kind !== 'folder') throw new StorageError('invalid_location', `${root} is a file: expected the address of a folder.`, { context: { uri: root } });
  const product = await findProduct(dav.http, root, entry.properties, user, { signal });
  const common = { product, tellsSpace: parseCount(entry.properties.get(DAV.available)) !== null, clockAhead: await clockAhead(dav, signal) };
  const tried = readOnly ? null : await tryWriting(dav, product, signal);
  if (tried !== null && tried.refused === null) return { ...common, ...tried.found, notWritable: null };
  const notWritable = (tried?.refused ?? new StorageError('permission_denied', `This location is set to read only: nothing is written to ${root}.`, { context: { uri: root, reason: 'location_read_only' } })).toRecord();
  return { ...common, write: null, notWritable, rangeRead: await readsRanges(dav, signal) };
}

async function tryWriting(dav: DavClient, product: Product | null, signal: AbortSignal | undefined) {
  const scratch = new Scratch(dav, signal);
  try {
    const refused = await scratch.begin();
    return refused === null ? await probeWriting(dav, scratch, product, signal) : { refused, found: null };
  } finally {
    await scratch.end();
  }
}

/** On the first file that is there. */
async function readsRanges(dav: DavClient, signal: AbortSignal | undefined): Promise<boolean> {
  for await (const page of dav.browse(dav.root, { signal })) {
    for (const resource of page) {
      const { kind, size } = entryOf(resource);
      const place = dav.hrefs.read(resource.href);
      if (kind !== 'file' || size === null || size < 3 || place?.names.length !== 1) continue;
      const answer = await dav.http.send('GET', dav.root + encodeURIComponent(place.path), { signal, headers: { range: 'bytes=1-2' } });
      const ranged = answer.status === 206 && headerOf(answer, 'content-range') === `bytes 1-2/${size}`;
      answer.body.destroy();
      return ranged;
    }
    throwIfCanceled(signal);
  }
  return false;
}

/** By the `Date` header (RFC 9110 section 6.6.1), which has whole seconds. */
async function clockAhead(dav: DavClient, signal: AbortSignal | undefined): Promise<number | null> {
  const answer = await dav.http.send('OPTIONS', dav.root, { signal });
  await discard(answer);
  const date = Date.parse(headerOf(answer, 'date') ?? '');
  return Number.isNaN(date) ? null : Math.round((date - Date.now()) / 1000);
}
