import type { FileDetail } from '../../../../shared/storage/file-instance.ts';
import type { Attributes } from './protocol/attributes.ts';

/** What a server says of a file beyond its size and time. `link`: what a link names as its target, in the server's words. */
export function describeAttributes({ mode, uid, gid, accessed }: Attributes, link: string | null): readonly FileDetail[] {
  return [
    ...(mode === null ? [] : [{ label: 'Permissions', value: `${permissions(mode)} (${(mode & 0o7777).toString(8).padStart(4, '0')})` }]),
    ...(uid === null ? [] : [{ label: 'Owner', value: `user ${uid}, group ${gid ?? '?'}` }]),
    ...(accessed === null ? [] : [{ label: 'Last read', value: new Date(accessed * 1000).toISOString() }]),
    ...(link === null ? [] : [{ label: 'Link to', value: link }]),
  ];
}

function permissions(mode: number): string {
  return [6, 3, 0].map((shift) => ['r', 'w', 'x'].map((letter, at) => ((mode >> shift) & (4 >> at) ? letter : '-')).join('')).join('');
}
