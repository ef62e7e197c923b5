import type { LocationPath } from '../../shared/storage/path.ts';
import { parseLocationPath } from '../../shared/storage/path.ts';

/** A folder that can be shown: a location and a path in it. */
export interface Place {
  readonly locationId: string;
  readonly path: LocationPath;
}

export function samePlace(a: Place | null, b: Place | null): boolean {
  return a === b || (a !== null && b !== null && a.locationId === b.locationId && a.path === b.path);
}

/** The folder in `place` on the way to `from`: what to choose after going up. null when `from` is not below `place`. */
export function childOnTheWay(place: Place, from: Place | null): LocationPath | null {
  const inside = place.path === '' ? '' : `${place.path}/`;
  if (from === null || from.locationId !== place.locationId || from.path === place.path || !from.path.startsWith(inside)) return null;
  const slash = from.path.indexOf('/', inside.length);
  return slash < 0 ? from.path : from.path.slice(0, slash);
}

/** One folder on the way down to a path, the root first. */
export interface Crumb {
  readonly name: string;
  readonly path: LocationPath;
}

export function crumbs(locationName: string, path: LocationPath): readonly Crumb[] {
  const names = path === '' ? [] : path.split('/');
  return [{ name: locationName, path: '' }, ...names.map((name, index) => ({ name, path: names.slice(0, index + 1).join('/') }))];
}

/** `Local library › 2026` */
export function placeLabel(locationName: string, path: LocationPath): string {
  return crumbs(locationName, path).map((crumb) => crumb.name).join(' › ');
}

/** What stands in the address field while it is edited: `Local library/2026`. */
export function formatAddress(locationName: string, path: LocationPath): string {
  return path === '' ? locationName : `${locationName}/${path}`;
}

/**
 * Reads an address: a location's name and a path, or a path in the present location when it begins with `/`.
 * @throws StorageError invalid_location for a path that cannot be; null when no location has that name
 */
export function parseAddress(text: string, locations: readonly { readonly id: string; readonly name: string }[], present: Place | null): Place | null {
  const address = text.trim();
  if (address.startsWith('/')) return present === null ? null : { locationId: present.locationId, path: parseLocationPath(address) };
  const match = locations
    .filter(({ name }) => address === name || address.toLowerCase().startsWith(`${name.toLowerCase()}/`) || address.toLowerCase() === name.toLowerCase())
    .reduce<{ readonly id: string; readonly name: string } | null>((best, one) => (best === null || one.name.length > best.name.length ? one : best), null);
  return match === null ? null : { locationId: match.id, path: parseLocationPath(address.slice(match.name.length)) };
}
