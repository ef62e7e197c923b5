import { CornerDownLeft, MapPin, Search } from 'lucide-react';
import { Autocomplete, Dialog, Input, Menu, MenuItem, Modal, ModalOverlay, SearchField, useFilter } from 'react-aria-components';
import { useMac } from '../../components/platform.ts';
import { COMMANDS, formatKeys } from '../../commands.ts';
import { closeDialog, useDialog } from '../../stores/dialog-store.ts';
import { useLocations } from '../../stores/locations-store.ts';
import { goTo } from '../../stores/place-store.ts';
import { strings } from '../../strings.ts';

const words = strings.palette;

/** Everything the window can do now, and every location, by a few letters. */
export function Palette() {
  const open = useDialog((state) => state.open.kind === 'palette');
  return open ? <OpenPalette /> : null;
}

interface Entry {
  readonly id: string;
  readonly title: string;
  readonly keys: string | null;
  readonly location: boolean;
  readonly run: () => void;
}

function OpenPalette() {
  const mac = useMac();
  const { contains } = useFilter({ sensitivity: 'base' });
  const locations = useLocations((state) => state.locations);
  const entries: readonly Entry[] = [
    ...COMMANDS.filter(({ id, possible }) => id !== 'palette' && possible()).map(({ id, title, keys, run }) => ({ id: `command ${id}`, title, keys, location: false, run })),
    ...(locations ?? []).map(({ id, name }) => ({ id: `location ${id}`, title: words.goTo(name), keys: null, location: true, run: () => goTo({ locationId: id, path: '' }) })),
  ];
  const run = (id: string) => {
    closeDialog();
    entries.find((entry) => entry.id === id)?.run();
  };
  return (
    <ModalOverlay className="overlay overlay-top" isOpen isDismissable onOpenChange={(next) => !next && closeDialog()}>
      <Modal className="modal modal-medium">
        <Dialog className="dialog palette" aria-label={words.title}>
          <Autocomplete filter={contains}>
            <SearchField className="palette-search" aria-label={words.placeholder} autoFocus>
              <Search className="icon" aria-hidden />
              <Input className="palette-input" placeholder={words.placeholder} />
            </SearchField>
            <div className="palette-menu" role="group" aria-label={words.results} tabIndex={0}>
              <Menu className="menu" aria-label={words.title} items={entries} onAction={(id) => run(String(id))} renderEmptyState={() => <p className="quiet-line">{words.none}</p>}>
                {(entry) => (
                  <MenuItem id={entry.id} textValue={entry.title} className="menu-item">
                    {entry.location ? <MapPin className="icon" aria-hidden /> : <CornerDownLeft className="icon" aria-hidden />}
                    <span className="menu-title">{entry.title}</span>
                    {entry.keys !== null && <kbd className="menu-keys" aria-hidden>{formatKeys(entry.keys, mac)}</kbd>}
                  </MenuItem>
                )}
              </Menu>
            </div>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
