import { StorageError } from '../../../../shared/storage/errors.ts';
import { joinLocationPath, type LocationPath, parseLocationPath } from '../../../../shared/storage/path.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/** The key of a file. @throws StorageError invalid_location */
export function keyOf(prefix: string, path: LocationPath): string {
  const key = prefix + parseLocationPath(path);
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) throw new StorageError('invalid_location', `The key ${JSON.stringify(`${key.slice(0, 80)}…`)} has ${bytes} bytes; S3 takes at most ${MAX_KEY_BYTES}.`);
  // Checked here, because the SDK would send half of a character as another one.
  if (hasLoneSurrogate(key)) throw new StorageError('invalid_location', `The name ${JSON.stringify(path)} holds half of a character (a lone surrogate), which no key can carry.`);
  return key;
}

/** What the keys in a folder begin with; also the key of the empty object that marks it. */
export function folderKeyOf(prefix: string, path: LocationPath): string {
  return parseLocationPath(path) === '' ? prefix : `${keyOf(prefix, path)}/`;
}

/** Where a key lies inside the location. @returns null for keys that no path can name: `a//b`, `../x`, those with a slash at the end, those outside */
export function pathOf(prefix: string, key: string): LocationPath | null {
  if (!key.startsWith(prefix) || key === prefix) return null;
  try {
    return joinLocationPath('', ...key.slice(prefix.length).split('/'));
  } catch (error) {
    if (error instanceof StorageError && error.code === 'invalid_location') return null;
    throw error;
  }
}

/** A key as `encoding-type=url` gives it; Amazon writes a space as `+`. @returns null for one that encodes nothing */
export function decodeKey(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** For the `x-amz-copy-source` header. */
export function copySource(bucket: string, key: string, versionId?: string): string {
  const place = `${bucket}/${key}`.split('/').map(encodeURIComponent).join('/');
  return versionId === undefined ? place : `${place}?versionId=${encodeURIComponent(versionId)}`;
}

function hasLoneSurrogate(text: string): boolean {
  return /[\ud800-\udfff]/u.test(text);
}
