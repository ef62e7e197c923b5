import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mountSmallDisk } from '../../servers/real/small-disk.ts';
import type { Address, RefusedUpload } from '../target.ts';

const MIB = 1024 * 1024;
const DISK = 6 * MIB;
/** Does not fit on the small disk. */
export const TOO_MUCH = 10 * MIB;

/** Folders of a server that keeps files in folders of this computer, in which uploads must fail. */
export interface ServerPlaces {
  /** @param address of the folder with that name at the server's root */
  uploads(address: (name: string) => Address): readonly RefusedUpload[];
  stop(): Promise<void>;
}

export interface PlacesOptions {
  /** the server serves as root, whom no permissions of folders keep out */
  readonly asRoot?: boolean;
}

/** Makes them below a folder: one with a small disk, one with a disk that cannot be written to, one that belongs to somebody else. */
export async function makeServerPlaces(root: string, { asRoot = false }: PlacesOptions = {}): Promise<ServerPlaces> {
  const path = (name: string) => join(root, name);
  const closed = path('closed');
  await mkdir(closed);
  await writeFile(join(closed, 'there.txt'), 'there\n');
  await chmod(closed, 0o555);
  const disks = { full: await mountSmallDisk(path('full'), DISK), 'read-only': await mountSmallDisk(path('read-only'), DISK, { readOnly: true }) };
  return {
    uploads: (address) => [
      ...(disks.full === null ? [] : [{ failure: 'no space', what: 'a disk that is full before the file is there', address: address('full'), size: TOO_MUCH, codes: ['out_of_space'], says: /full/, stored: () => filesBelow(path('full')) } as const]),
      ...(disks.full === null ? [] : [{ failure: 'no space', what: 'a disk without room for the new bytes of a file', address: address('full'), size: TOO_MUCH, replaces: true, codes: ['out_of_space'], says: /full/, stored: () => filesBelow(path('full')) } as const]),
      ...(disks['read-only'] === null ? [] : [{ failure: 'read only', what: 'a disk that is mounted read only', address: address('read-only'), codes: ['permission_denied'], says: /read-only/, stored: () => filesBelow(path('read-only')) } as const]),
      ...(asRoot ? [] : [{ failure: 'no permission', what: 'a folder of somebody else', address: address('closed'), codes: ['permission_denied'], says: /closed/, stored: () => filesBelow(closed) } as const]),
    ],
    stop: async () => {
      for (const unmount of Object.values(disks)) await unmount?.();
    },
  };
}

/** Paths and sizes of all files below a folder, sorted. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map(async (file) => `${file.slice(folder.length + 1)} ${(await stat(file)).size}`))).sort();
}

/** The same place as it is when the location is set to read only. */
export function readOnlyLocation(address: Address, stored: RefusedUpload['stored']): RefusedUpload {
  return { failure: 'read only', what: 'a location that is set to read only', address: { ...address, options: { ...address.options, readOnly: 'true' } }, codes: ['permission_denied'], says: /set to read only/, stored };
}
