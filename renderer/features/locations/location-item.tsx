import { FlaskConical, Info, PackageOpen, Pencil, Plug, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { LocationView } from '../../../shared/ipc/views.ts';
import { classes } from '../../components/classes.ts';
import { dropHandlers } from '../../components/file-drop.ts';
import { LocationIcon } from '../../components/location-icon.tsx';
import type { MenuPoint } from '../../components/menu.tsx';
import { ContextMenu } from '../../components/menu.tsx';
import { openDialog } from '../../stores/dialog-store.ts';
import { useDrop } from '../../stores/drop-store.ts';
import { reconnect } from '../../stores/locations-store.ts';
import { goTo } from '../../stores/place-store.ts';
import { strings } from '../../strings.ts';

const words = strings.sidebar;

/** A location: opens its root; files can be dropped on it; its menu opens by right click or the menu key. */
export function LocationItem({ location, shown }: { readonly location: LocationView; readonly shown: boolean }) {
  const [menu, setMenu] = useState<MenuPoint | null>(null);
  const aimed = useDrop(({ target }) => target?.locationId === location.id && target.path === '');
  const { id, name, state } = location;
  const reason = state.kind === 'failed' ? `: ${state.error.message}` : '';
  return (
    <li>
      <button
        type="button"
        className={classes('sidebar-item', aimed && 'drop-target')}
        aria-current={shown ? 'page' : undefined}
        data-tip={`${name} · ${location.uri} · ${words.states[state.kind]}${reason}`}
        onClick={() => goTo({ locationId: id, path: '' })}
        onContextMenu={(event) => {
          event.preventDefault();
          const box = event.currentTarget.getBoundingClientRect();
          setMenu(event.clientX === 0 && event.clientY === 0 ? { x: box.left + 24, y: box.bottom } : { x: event.clientX, y: event.clientY });
        }}
        {...dropHandlers(() => ({ locationId: id, path: '' }))}
      >
        <LocationIcon backend={location.backend} />
        <span className="sidebar-name">{name}</span>
        <span className={`state-dot state-${state.kind}`} />
        <span className="visually-hidden">{words.states[state.kind]}</span>
      </button>
      {menu !== null && (
        <ContextMenu
          at={menu}
          label={words.menu(name)}
          onClose={() => setMenu(null)}
          entries={[
            { id: 'details', title: words.details, icon: Info, run: () => openDialog({ kind: 'location details', locationId: id }) },
            { id: 'edit', title: words.edit, icon: Pencil, run: () => openDialog({ kind: 'edit location', locationId: id }) },
            { id: 'test', title: words.test, icon: FlaskConical, run: () => openDialog({ kind: 'edit location', locationId: id, test: true }) },
            { id: 'reconnect', title: words.reconnect, icon: Plug, run: () => void reconnect(id) },
            { id: 'unfinished', title: words.unfinished, icon: PackageOpen, run: () => openDialog({ kind: 'unfinished', locationId: id }) },
            null,
            { id: 'remove', title: words.remove, icon: Trash2, danger: true, run: () => openDialog({ kind: 'remove location', locationId: id }) },
          ]}
        />
      )}
    </li>
  );
}
