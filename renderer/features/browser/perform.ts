import type { FileRow } from '../../../shared/ipc/views.ts';
import { runCommand } from '../../commands.ts';
import { selectEverything, selectNothing, selectRow } from '../../stores/browser-store.ts';
import { showInspector, toggleInspector } from '../../stores/panels-store.ts';
import type { Place } from '../../stores/place.ts';
import { goTo, goUp } from '../../stores/place-store.ts';
import type { GridAction } from './grid-keys.ts';

/** A folder is entered; of a file the inspector shows what is known. */
export function openRow(row: FileRow, place: Place): void {
  if (row.kind === 'folder') goTo({ locationId: place.locationId, path: row.path });
  else showInspector();
}

/** Does what a key press in the table asked for. */
export function performGridAction(action: Exclude<GridAction, { kind: 'type' }>, rows: readonly FileRow[], active: number, place: Place): void {
  const row = rows[active];
  switch (action.kind) {
    case 'move': {
      const to = rows[action.to];
      if (to !== undefined) selectRow(to.path, action.mode);
      return;
    }
    case 'toggle':
      if (row !== undefined) selectRow(row.path, 'toggle');
      return;
    case 'all':
      return selectEverything();
    case 'none':
      return selectNothing();
    case 'open':
      if (row !== undefined) openRow(row, place);
      return;
    case 'preview':
      return toggleInspector();
    case 'rename':
      return runCommand('rename');
    case 'delete':
      return runCommand('delete');
    case 'up':
      return goUp();
    case 'menu':
      return;
  }
}
