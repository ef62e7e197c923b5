import type { FileDetail } from '../../../../shared/storage/file-instance.ts';
import { serverWords } from '../../http/status.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { SwiftContext } from './context.ts';
import { findSegments } from './find-segments.ts';
import { MTIME_HEADER, type ObjectFacts, UPLOAD_HEADER, askObject } from './object-facts.ts';

const META = 'x-object-meta-';
/** Names under which programs keep a digest of their own beside a file. */
const DECLARED = /^(?:sha-?(?:1|256|512)|md5(?:chksum|sum)?|crc32c?|blake3|xxh\w*)$/i;
const SHOWN: readonly (readonly [string, string])[] = [
  ['content-encoding', 'Content encoding'],
  ['x-delete-at', 'Is deleted at (seconds since 1970)'],
  ['x-object-manifest', 'Consists of all objects whose names begin with'],
  ['x-symlink-target', 'Link to'],
];

/** What the server says of an object beyond size and time, in words for people. @throws StorageError not_found */
export async function describeObject(context: SwiftContext, uri: string, options: OperationOptions): Promise<readonly FileDetail[]> {
  const facts = await askObject(context.client, uri, options);
  const details: FileDetail[] = [{ label: 'Content type', value: facts.contentType }];
  if (facts.storedAt !== null) details.push({ label: 'Stored at', value: facts.storedAt });
  if (facts.md5 !== null) details.push({ label: 'MD5, computed by the server when it stored the file', value: facts.md5 });
  if (facts.kind === 'segments') details.push(...(await describeSegments(context, uri, facts, options)));
  for (const [header, label] of SHOWN) details.push(...valueOf(facts, header, label));
  for (const header of Object.keys(facts.headers)) {
    if (!header.startsWith(META) || header === MTIME_HEADER || header === UPLOAD_HEADER) continue;
    const name = header.slice(META.length);
    details.push(...valueOf(facts, header, DECLARED.test(name) ? `Declared ${name} (as sent by the uploader)` : `Metadata ${name}`));
  }
  return details.map(({ label, value }) => ({ label: serverWords(label, []), value: serverWords(value, []) }));
}

async function describeSegments(context: SwiftContext, uri: string, facts: ObjectFacts, options: OperationOptions): Promise<readonly FileDetail[]> {
  const segments = await findSegments(context, uri, facts, options);
  const etag = facts.etag === null ? [] : [{ label: 'ETag, the MD5 of the MD5s of the segments (not that of the file)', value: facts.etag }];
  if (segments === null) return [{ label: 'Segments', value: 'a large file of segments; the server does not tell them' }, ...etag];
  const sizes = segments.slice(0, -1).map(({ size }) => size);
  const alike = sizes.every((size) => size === sizes[0]) && sizes[0] !== undefined;
  return [
    { label: 'Segments', value: `${segments.length.toLocaleString('en-US')}${alike ? `, of ${(sizes[0] ?? 0).toLocaleString('en-US')} bytes each but the last` : ''}` },
    ...etag,
    ...segments.slice(0, 3).map(({ md5, size }, index) => ({ label: `Segment ${index + 1}`, value: `${size.toLocaleString('en-US')} bytes, ${md5}` })),
  ];
}

function valueOf({ headers }: ObjectFacts, header: string, label: string): readonly FileDetail[] {
  const value = headers[header];
  return typeof value === 'string' && value !== '' ? [{ label, value }] : [];
}
