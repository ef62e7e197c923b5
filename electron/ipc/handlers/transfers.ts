import type { Settings } from '../../../shared/ipc/views.ts';
import type { LocalItems } from '../../browsing/local-items.ts';
import type { Locations } from '../../locations/locations.ts';
import { requireOutside } from '../../locations/outside.ts';
import type { TransferQueue } from '../../transfers/transfer-queue.ts';
import type { HandlersFor } from '../router.ts';

export function transferHandlers(queue: TransferQueue, locations: Locations, items: LocalItems, settings: () => Promise<Settings>): HandlersFor<'transfers'> {
  return {
    'transfers.upload': async ({ tokens, locationId, path, conflict }) => {
      const paths = tokens.map((token) => items.path(token));
      await requireOutside((await locations.connect(locationId)).config, path, paths);
      return { batchId: await queue.upload({ paths, locationId, folder: path, conflict: conflict ?? (await settings()).conflict }) };
    },
    'transfers.download': async ({ locationId, paths, targetToken, conflict }) => ({
      batchId: await queue.download({ locationId, paths, targetFolder: items.path(targetToken), conflict: conflict ?? (await settings()).conflict }),
    }),
    'transfers.overview': () => queue.overview(),
    'transfers.list': (query) => queue.list(query),
    'transfers.cancel': async (which) => {
      await queue.cancel(which);
      return null;
    },
    'transfers.retry': async (which) => {
      await queue.retry(which);
      return null;
    },
    'transfers.clear': async (what) => {
      await queue.clear(what);
      return null;
    },
    'transfers.pause': async (which) => {
      await queue.pause(which);
      return null;
    },
    'transfers.resume': async (which) => {
      await queue.resume(which);
      return null;
    },
    'transfers.setPriority': async ({ batchId, priority }) => {
      await queue.setPriority(batchId, priority);
      return null;
    },
    'transfers.answerConflict': async (answer) => {
      await queue.answerConflict(answer);
      return null;
    },
  };
}
