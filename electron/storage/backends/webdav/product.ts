import { type HashName, isHashName } from '../../../../shared/storage/checksum.ts';
import type { OperationOptions } from '../../operation-options.ts';
import { type HttpClient, discard, isSuccess } from '../../http/http-client.ts';
import { OC } from './entry.ts';
import type { Product } from './findings.ts';

const MAX_ANSWER = 256 * 1024;
/** Where the WebDAV addresses of both products begin; what stands before is the address of the installation. */
const ENTRANCE = /^(.*?)\/(?:remote\.php\/(?:dav|webdav)|dav)(?:\/|$)/;
const FILES = /\/(?:remote\.php\/)?dav\/files\/([^/]+)(?:\/|$)/;

/**
 * Tells ownCloud and Nextcloud apart and asks what they offer: `status.php`, and the capabilities of their OCS interface
 * (https://docs.nextcloud.com/server/latest/developer_manual/client_apis/OCS/ocs-api-overview.html).
 * @param root properties of the location's root
 * @returns null for every other server
 */
export async function findProduct(client: HttpClient, rootUri: string, root: ReadonlyMap<string, string>, user: string | null, options: OperationOptions): Promise<Product | null> {
  const { origin, pathname } = new URL(rootUri);
  const entrance = ENTRANCE.exec(pathname)?.[1];
  const known = [OC.fileId, OC.id].some((property) => (root.get(property) ?? '') !== '');
  if (entrance === undefined || !(known || pathname.includes('/remote.php/'))) return null;
  const base = `${origin}${entrance}`;
  const status = await askJson(client, `${base}/status.php`, options);
  const title = textAt(status, 'productname') ?? '';
  const version = textAt(status, 'versionstring') ?? textAt(status, 'version');
  if (version === null) return null;
  const capabilities = await askJson(client, `${base}/ocs/v1.php/cloud/capabilities?format=json`, options);
  const told = at(capabilities, 'ocs', 'data', 'capabilities');
  const account = FILES.exec(pathname)?.[1] ?? encodedOrNull(textAt(await askJson(client, `${base}/ocs/v1.php/cloud/user?format=json`, options), 'ocs', 'data', 'id') ?? user);
  return {
    // Installations may go by names of their own; only Nextcloud has properties of its own.
    name: /nextcloud/i.test(title) || (!/owncloud|infinite/i.test(title) && (root.get(OC.preview) ?? '') !== '') ? 'Nextcloud' : 'ownCloud',
    version,
    places: account === null ? null : { files: `${base}/remote.php/dav/files/${account}/`, uploads: `${base}/remote.php/dav/uploads/${account}/` },
    chunking: textAt(told, 'dav', 'chunking') === '1.0',
    checksums: checksumsOf(at(told, 'checksums')),
  };
}

function checksumsOf(told: unknown): readonly HashName[] {
  const names = at(told, 'supportedTypes');
  const preferred = textAt(told, 'preferredUploadType');
  const all = [...(preferred === null ? [] : [preferred]), ...(Array.isArray(names) ? names : [])];
  const known = all.filter((name) => typeof name === 'string').map((name) => name.toLowerCase().replace('-', '')).filter(isHashName);
  return [...new Set(known)];
}

/** @returns null for whatever is no JSON */
async function askJson(client: HttpClient, uri: string, { signal }: OperationOptions): Promise<unknown> {
  const answer = await client.send('GET', uri, { signal, headers: { accept: 'application/json', 'ocs-apirequest': 'true' } });
  if (!isSuccess(answer)) {
    await discard(answer);
    return null;
  }
  const text = await client.text(answer, MAX_ANSWER);
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? (inner as Readonly<Record<string, unknown>>)[key] : undefined), value);
}

function textAt(value: unknown, ...keys: readonly string[]): string | null {
  const found = at(value, ...keys);
  return typeof found === 'string' && found !== '' && found.length < 200 ? found : null;
}

function encodedOrNull(name: string | null): string | null {
  return name === null || name === '' ? null : encodeURIComponent(name);
}
