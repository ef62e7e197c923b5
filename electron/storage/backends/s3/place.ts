import { StorageError } from '../../../../shared/storage/errors.ts';
import { parseLocationPath } from '../../../../shared/storage/path.ts';
import { invalidField } from '../../network/network-options.ts';

/** A folder of a bucket on a server. */
export interface BucketPlace {
  readonly bucket: string;
  /** what the keys of the location begin with: empty, or with a slash at its end */
  readonly prefix: string;
  /** origin of the server; null: Amazon's, by the region */
  readonly endpoint: string | null;
  /** null: not told */
  readonly region: string | null;
  /** the bucket stands in the path, not in the host name */
  readonly pathStyle: boolean;
  /** `s3://bucket/prefix/` */
  readonly root: string;
}

interface Told {
  readonly endpoint: string | null;
  readonly region: string | null;
  readonly pathStyle: boolean | null;
}

/** Host names of Amazon: `s3.REGION.amazonaws.com`, `BUCKET.s3.REGION.amazonaws.com`, the older `s3-REGION`, and the one without a region. */
const AMAZON = /^(?:(?<bucket>.+)\.)?s3(?:[.-](?<region>[a-z]{2}-[a-z0-9-]+-\d+))?\.amazonaws\.com(?:\.cn)?$/;
/** Looser than Amazon's rules: other servers allow more. Nothing in it can leave its place in an address. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

/** Reads `s3://bucket/prefix/`, or an address of a server whose path begins with the bucket. @throws StorageError invalid_config */
export function parsePlace(uri: string, told: Told): BucketPlace {
  const text = uri.trim();
  const shown = JSON.stringify(text.slice(0, 200).replace(/\/\/[^/]*@/, '//***@'));
  const parts = /^(?<scheme>[a-z0-9]+):\/\/(?<host>[^/]*)(?<path>\/.*)?$/i.exec(text)?.groups;
  const scheme = parts?.['scheme']?.toLowerCase();
  if (parts === undefined || (scheme !== 's3' && scheme !== 'http' && scheme !== 'https')) {
    throw invalidField('uri', `${shown} is no bucket: expected "s3://bucket/folder/", or an address like "https://s3.example.org/bucket/folder/"`);
  }
  const { host = '', path = '' } = parts;
  if (host.includes('@')) throw invalidField('uri', 'the address holds a user name or password: enter the keys in their own fields, where the secret one is kept safe');
  if (/[?#]/.test(scheme === 's3' ? host : `${host}${path}`)) throw invalidField('uri', `${shown} has a "?" or "#" part: expected only the bucket and a folder`);
  return scheme === 's3' ? placed(host, path.slice(1), told) : fromAddress(`${scheme}://${host}`, decoded(path.slice(1), shown), told);
}

/** An origin, without a path. @throws StorageError invalid_config */
export function parseEndpoint(text: string | null): string | null {
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw invalidField('endpoint', `${JSON.stringify(text.replace(/\/\/[^/]*@/, '//***@'))} is no server: expected its address alone, e.g. "https://s3.example.org"`);
  }
  if (url.username !== '' || url.password !== '') throw invalidField('endpoint', 'it holds a user name or password: enter the keys in their own fields');
  return url.origin;
}

function fromAddress(origin: string, path: string, told: Told): BucketPlace {
  if (told.endpoint !== null && told.endpoint !== parseEndpoint(origin)) throw invalidField('endpoint', `${told.endpoint} is another server than that of the address, ${origin}: leave one of them away`);
  const amazon = AMAZON.exec(new URL(origin).hostname)?.groups;
  const slash = path.indexOf('/');
  const inPath = { bucket: slash < 0 ? path : path.slice(0, slash), rest: slash < 0 ? '' : path.slice(slash + 1) };
  const { bucket, rest } = amazon?.['bucket'] === undefined ? inPath : { bucket: amazon['bucket'], rest: path };
  const endpoint = amazon === undefined ? parseEndpoint(origin) : null;
  return placed(bucket, rest, { ...told, endpoint, region: told.region ?? amazon?.['region'] ?? null });
}

function placed(bucket: string, path: string, { endpoint, region, pathStyle }: Told): BucketPlace {
  if (!BUCKET.test(bucket)) throw invalidField('uri', `${JSON.stringify(bucket.slice(0, 80))} is no bucket: expected 3 to 255 letters, digits, dots, dashes and underscores`);
  const prefix = path === '' || path === '/' ? '' : `${checkedPath(path)}/`;
  return { bucket, prefix, endpoint, region, pathStyle: pathStyle ?? endpoint !== null, root: `s3://${bucket}/${prefix.split('/').map(encodeURIComponent).join('/')}` };
}

function checkedPath(path: string): string {
  try {
    encodeURIComponent(path);
    return parseLocationPath(path);
  } catch (error) {
    if (error instanceof StorageError) throw new StorageError('invalid_config', `uri: ${error.message}`, { cause: error, context: { field: 'uri' } });
    throw invalidField('uri', `${JSON.stringify(path)} holds half of a character (a lone surrogate), which no address can carry`);
  }
}

function decoded(path: string, shown: string): string {
  try {
    return path.split('/').map(decodeURIComponent).join('/');
  } catch (error) {
    throw new StorageError('invalid_config', `uri: ${shown} holds a "%" that encodes nothing.`, { cause: error, context: { field: 'uri' } });
  }
}
