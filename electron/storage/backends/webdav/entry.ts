import type { DavResource } from './multistatus.ts';

/** Properties of RFC 4918 section 15 and RFC 4331. */
export const DAV = {
  type: '{DAV:}resourcetype',
  size: '{DAV:}getcontentlength',
  modified: '{DAV:}getlastmodified',
  etag: '{DAV:}getetag',
  mediaType: '{DAV:}getcontenttype',
  available: '{DAV:}quota-available-bytes',
  used: '{DAV:}quota-used-bytes',
} as const;

/** Properties of ownCloud and Nextcloud (https://docs.nextcloud.com/server/latest/developer_manual/client_apis/WebDAV/basic.html). */
export const OC = {
  fileId: '{http://owncloud.org/ns}fileid',
  id: '{http://owncloud.org/ns}id',
  checksums: '{http://owncloud.org/ns}checksums',
  permissions: '{http://owncloud.org/ns}permissions',
  owner: '{http://owncloud.org/ns}owner-display-name',
  preview: '{http://nextcloud.org/ns}has-preview',
} as const;

/** What a server says of one place. */
export interface Entry {
  readonly kind: 'file' | 'folder';
  /** bytes; null for folders and where it does not say */
  readonly size: number | null;
  readonly modified: Date | null;
  readonly etag: string | null;
  readonly properties: ReadonlyMap<string, string>;
}

export function entryOf({ isCollection, properties }: DavResource): Entry {
  return {
    kind: isCollection ? 'folder' : 'file',
    size: isCollection ? null : parseCount(properties.get(DAV.size)),
    modified: parseTime(properties.get(DAV.modified)),
    etag: properties.get(DAV.etag) || null,
    properties,
  };
}

/** @returns null for what is no whole number from 0, e.g. the -3 by which Nextcloud says "no limit" */
export function parseCount(text: string | null | undefined): number | null {
  if (text === null || text === undefined || !/^\d{1,16}$/.test(text)) return null;
  const count = Number(text);
  return Number.isSafeInteger(count) ? count : null;
}

/** RFC 4918 section 15.7: an HTTP date. */
export function parseTime(text: string | null | undefined): Date | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : new Date(time);
}

/** The body of a PROPFIND for these properties. */
export function propfindBody(properties: readonly string[]): string {
  const items = properties.map((property) => {
    const [, namespace = '', name = ''] = /^\{([^}]*)\}(.*)$/.exec(property) ?? [];
    return `<x:${name} xmlns:x="${namespace}"/>`;
  });
  return `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop>${items.join('')}</D:prop></D:propfind>`;
}
