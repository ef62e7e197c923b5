import type { HashName } from '../../../../shared/storage/checksum.ts';
import { type HttpClient, discard, isSuccess } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';

/** What the server says of itself at `/info` (https://docs.openstack.org/swift/latest/api/discoverability.html), with Swift's own defaults for what it does not. */
export interface SwiftLimits {
  /** the server answered at all */
  readonly told: boolean;
  /** largest plain object, in bytes */
  readonly maxObject: number;
  /** longest name of an object, in bytes of UTF-8 */
  readonly maxName: number;
  /** names that a listing may hold */
  readonly maxListing: number;
  /** large objects of segments; false only where the server tells its features and this is none of them */
  readonly segments: boolean;
  readonly maxSegments: number;
  /** smallest segment but the last, in bytes */
  readonly minSegment: number;
  /** largest manifest, in bytes */
  readonly maxManifest: number;
  /** digests that temporary links may be signed with, best first */
  readonly linkDigests: readonly HashName[];
}

const GIB = 1024 ** 3;
const MAX_INFO_BYTES = 256 * 1024;
const LINK_DIGESTS = ['sha256', 'sha512', 'sha1'] as const;

/** Never fails for want of an answer: many operators keep `/info` closed. @throws StorageError unavailable, untrusted_server, canceled */
export async function readLimits(client: HttpClient, storageUrl: string, { signal }: OperationOptions): Promise<SwiftLimits> {
  const answer = await client.send('GET', infoUri(storageUrl), { signal, headers: { accept: 'application/json' } });
  if (isSuccess(answer)) return limitsIn(parse((await client.text(answer, MAX_INFO_BYTES)) ?? ''));
  await discard(answer);
  return limitsIn(null);
}

/** Beside the version in the storage address: `/v1/AUTH_a` and `/swift/v1/AUTH_a` give `/info` and `/swift/info`. */
export function infoUri(storageUrl: string): string {
  const url = new URL(storageUrl);
  url.pathname = `${/^(.*?)\/v1(?:\.0)?(?:\/|$)/.exec(url.pathname)?.[1] ?? ''}/info`;
  return url.href;
}

export function limitsIn(info: Readonly<Record<string, unknown>> | null): SwiftLimits {
  const swift = section(info, 'swift');
  const slo = section(info, 'slo');
  const digests = section(info, 'tempurl')['allowed_digests'];
  const allowed = Array.isArray(digests) ? LINK_DIGESTS.filter((name) => digests.includes(name)) : LINK_DIGESTS;
  return {
    told: info !== null,
    maxObject: count(swift['max_file_size']) ?? 5 * GIB,
    maxName: count(swift['max_object_name_length'] ?? swift['max_object_name_size']) ?? 1024,
    maxListing: count(swift['container_listing_limit']) ?? 10_000,
    segments: info === null || 'slo' in info,
    maxSegments: count(slo['max_manifest_segments']) ?? 1000,
    minSegment: count(slo['min_segment_size']) ?? 1,
    maxManifest: count(slo['max_manifest_size']) ?? 8 * 1024 * 1024,
    linkDigests: allowed,
  };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && isRecord(value['swift']) ? value : null;
  } catch {
    return null;
  }
}

function section(info: Readonly<Record<string, unknown>> | null, name: string): Readonly<Record<string, unknown>> {
  const value = info?.[name];
  return isRecord(value) ? value : {};
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
