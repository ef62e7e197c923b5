import { type Answer, discard, headerOf, isSuccess } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { SwiftContext } from './context.ts';
import { containerUri } from './names.ts';

/** Room by the quotas of the container and the account (https://docs.openstack.org/swift/latest/middleware.html#module-swift.common.middleware.container_quotas), whichever leaves less. @returns null where nothing is said */
export async function spaceOf({ client, place }: SwiftContext, { signal }: OperationOptions): Promise<{ readonly available: number | null; readonly used: number | null } | null> {
  const [container, account] = await Promise.all([containerUri(place.storageUrl, place.container), place.storageUrl].map((uri) => client.send('HEAD', uri, { signal })));
  if (container === undefined || account === undefined) return null;
  await Promise.all([discard(container), discard(account)]);
  const rooms = [
    { used: count(container, 'x-container-bytes-used'), quota: count(container, 'x-container-meta-quota-bytes') },
    { used: count(account, 'x-account-bytes-used'), quota: count(account, 'x-account-meta-quota-bytes') },
  ];
  const left = rooms.flatMap(({ used, quota }) => (quota === null || used === null ? [] : [Math.max(0, quota - used)]));
  const used = rooms[0]?.used ?? null;
  return used === null && left.length === 0 ? null : { available: left.length === 0 ? null : Math.min(...left), used };
}

function count(answer: Answer, header: string): number | null {
  const value = isSuccess(answer) ? headerOf(answer, header) : null;
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
}
