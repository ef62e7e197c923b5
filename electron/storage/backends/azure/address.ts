import { isIP } from 'node:net';
import { StorageError } from '../../../../shared/storage/errors.ts';
import { type LocationPath, joinLocationPath } from '../../../../shared/storage/path.ts';
import { parseRoot, uriOf } from '../../http/uri.ts';

/** Where a location lies in Azure Blob Storage. */
export interface BlobAddress {
  /** of the blob service, without a slash at the end; with the account in it where the host does not name it */
  readonly endpoint: string;
  /** null where the host has a name of its own */
  readonly account: string | null;
  readonly container: string;
  /** folder inside the container; the container itself is the empty path */
  readonly folder: LocationPath;
  /** the address as it is kept, with a slash at the end */
  readonly root: string;
}

/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const CONTAINER = /^(?:\$(?:root|web|logs|blobchangefeed)|(?!-)(?!.*--)[a-z0-9-]{3,63}(?<!-))$/;
/** `ACCOUNT.blob.core.windows.net`, the second address of an account, and those of DNS zones and national clouds. */
const ACCOUNT_HOST = /^([a-z0-9]{3,24})(?:-secondary)?\.(?:[a-z0-9-]+\.)?blob\./;

/** @throws StorageError invalid_config */
export function parseAddress(text: string): BlobAddress {
  const url = new URL(parseRoot(text));
  const inPath = hasAccountInPath(url.hostname);
  const names = url.pathname.split('/').slice(1, -1).map(decoded);
  const account = inPath ? names.shift() : (ACCOUNT_HOST.exec(url.hostname)?.[1] ?? null);
  const [container = '', ...folders] = names;
  if (account === undefined || container === '') {
    throw invalid(`The address ${JSON.stringify(url.href)} names no container: expected ${inPath ? `"${url.origin}/ACCOUNT/CONTAINER/"` : `"${url.origin}/CONTAINER/"`}.`);
  }
  if (!CONTAINER.test(container)) throw invalid(`${JSON.stringify(container)} is not the name of a container: expected 3 to 63 lower-case letters, digits and single dashes.`);
  const endpoint = inPath ? `${url.origin}/${encodeURIComponent(account ?? '')}` : url.origin;
  try {
    const folder = joinLocationPath('', ...folders);
    return { endpoint, account, container, folder, root: `${uriOf(`${endpoint}/${container}/`, folder)}${folder === '' ? '' : '/'}` };
  } catch (error) {
    throw invalid(`The folder in the address ${JSON.stringify(url.href)} cannot be: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Emulators and the like answer under a bare address, so the account stands in the path. */
function hasAccountInPath(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === 'host.docker.internal';
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalid(`${JSON.stringify(segment)} in the address holds a "%" that is no code of a character.`);
  }
}

function invalid(message: string): StorageError {
  return new StorageError('invalid_config', message, { context: { field: 'uri' } });
}
