import { discardUnfinished, listUnfinished } from '../../browsing/unfinished-uploads.ts';
import type { Locations } from '../../locations/locations.ts';
import type { HandlersFor } from '../router.ts';

export function locationHandlers(locations: Locations): HandlersFor<'locations'> {
  return {
    'locations.list': () => locations.list(),
    'locations.add': (draft) => locations.add(draft),
    'locations.update': ({ id, draft }) => locations.update(id, draft),
    'locations.remove': async ({ id }) => {
      await locations.remove(id);
      return null;
    },
    'locations.test': ({ draft, id }) => locations.test(draft, id),
    'locations.trust': ({ id, value }) => locations.trust(id, value),
    'locations.space': async ({ id }) => (await locations.connect(id)).location.space(),
    'locations.unfinished': ({ id }) => listUnfinished(locations, id),
    'locations.discard': async ({ id, uploads }) => ({ removed: await discardUnfinished(locations, id, uploads) }),
    'locations.connect': ({ id }) => locations.reconnect(id),
  };
}
