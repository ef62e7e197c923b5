import { joinLocationPath, parentPath } from '../../../shared/storage/path.ts';
import type { Listings } from '../../browsing/listings.ts';
import type { StoredVersions } from '../../browsing/stored-versions.ts';
import type { Locations } from '../../locations/locations.ts';
import type { HandlersFor } from '../router.ts';

export function browseHandlers(locations: Locations, listings: Listings, versions: StoredVersions): HandlersFor<'browse'> {
  return {
    'browse.list': ({ locationId, path, cursor }) => (cursor === null ? listings.first(locationId, path) : listings.next(cursor)),
    'browse.stat': ({ locationId, path }) => listings.stat(locationId, path),
    'browse.details': async ({ locationId, path }) => (await locations.connect(locationId)).location.details(path),
    'browse.versions': (place) => versions.list(place),
    'browse.makeDirectory': async ({ locationId, path, name }) => {
      const { location } = await locations.connect(locationId);
      const folder = joinLocationPath(path, name);
      await location.makeDirectory(folder);
      return listings.stat(locationId, folder);
    },
    'browse.rename': async ({ locationId, path, name }) => {
      const target = joinLocationPath(parentPath(path), name);
      await listings.move(locationId, path, target);
      return listings.stat(locationId, target);
    },
    'browse.remove': async ({ locationId, paths }) => {
      await listings.remove(locationId, paths, true);
      return null;
    },
  };
}
