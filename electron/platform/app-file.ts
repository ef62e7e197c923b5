import { join, normalize, sep } from 'node:path';

export const APP_SCHEME = 'holdfast';
export const APP_ORIGIN = `${APP_SCHEME}://app`;

/** @returns null for an address that is not of the window's pages */
export function appFile(folder: string, address: string): string | null {
  const url = new URL(address);
  if (url.protocol !== `${APP_SCHEME}:` || url.host !== 'app') return null;
  const file = normalize(join(folder, decodeURIComponent(url.pathname)));
  return file.startsWith(folder + sep) ? file : null;
}
