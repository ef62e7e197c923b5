import { createHmac } from 'node:crypto';
import type { HashName } from '../../../../shared/storage/checksum.ts';
import { type HttpClient, headerOf, isSuccess, discard } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { LinkKey } from './findings.ts';
import { containerUri } from './names.ts';

const KEY_HEADERS = ['x-container-meta-temp-url-key', 'x-container-meta-temp-url-key-2', 'x-account-meta-temp-url-key', 'x-account-meta-temp-url-key-2'] as const;

/** An address by which anybody may GET the object until a time (https://docs.openstack.org/swift/latest/api/temporary_url_middleware.html). @param until in seconds since 1970, by the server's clock */
export function tempUrl(uri: string, { digest, key }: LinkKey, until: number): string {
  const url = new URL(uri);
  // Servers decode the path before they compare.
  const signature = createHmac(digest, key).update(`GET\n${until}\n${decodeURIComponent(url.pathname)}`).digest('hex');
  url.search = new URLSearchParams({ temp_url_sig: signature, temp_url_expires: String(until) }).toString();
  return url.href;
}

/** Keys that owners set for links; the server shows them to owners only. */
export async function linkKeys(client: HttpClient, storageUrl: string, container: string, { signal }: OperationOptions): Promise<readonly string[]> {
  const answers = await Promise.all([containerUri(storageUrl, container), storageUrl].map((uri) => client.send('HEAD', uri, { signal })));
  for (const answer of answers) await discard(answer);
  const keys = answers.filter(isSuccess).flatMap((answer) => KEY_HEADERS.map((name) => headerOf(answer, name)));
  return [...new Set(keys.filter((key) => key !== null && key !== ''))] as string[];
}

/** Tries which key and which digest give an object to somebody without a token. @param plain asks without one */
export async function tryLinks(plain: HttpClient, uri: string, { keys, digests, now }: { readonly keys: readonly string[]; readonly digests: readonly HashName[]; readonly now: number }, { signal }: OperationOptions): Promise<LinkKey | null> {
  const until = Math.ceil(now / 1000) + 300;
  for (const key of keys) {
    for (const digest of digests) {
      const answer = await plain.send('GET', tempUrl(uri, { digest, key }, until), { signal });
      answer.body.destroy();
      if (isSuccess(answer)) return { digest, key };
    }
  }
  return null;
}
