import type { MenuCommand } from '../shared/ipc/contract.ts';
import { compareWithLocal } from './actions/check-actions.ts';
import { copyText } from './actions/file-actions.ts';
import { downloadPaths, setPaused, uploadPicked } from './actions/transfer-actions.ts';
import { refreshFolder, selectedRows, setRenaming } from './stores/browser-store.ts';
import { openDialog } from './stores/dialog-store.ts';
import { findLocation } from './stores/locations-store.ts';
import { setDrawerOpen, showInspector, toggleInspector, usePanels } from './stores/panels-store.ts';
import { goBack, goForward, goUp, presentPlace, show } from './stores/place-store.ts';
import { focusRegion } from './stores/focus-store.ts';
import { useTransfers } from './stores/transfers-store.ts';
import { strings } from './strings.ts';

/** Something the window can do, with one name wherever it is offered: palette, keys, application menu. */
export interface Command {
  readonly id: CommandId;
  readonly title: string;
  /** `Mod` is Ctrl, or Command on a Mac; the keys of a table row belong to the table */
  readonly keys: string | null;
  /** false: cannot be done now and is not offered */
  readonly possible: () => boolean;
  readonly run: () => void;
}

export type CommandId = MenuCommand | 'address' | 'back' | 'forward' | 'up' | 'refresh' | 'compare' | 'checksum' | 'copy path' | 'pause' | 'location details' | 'unfinished';

const always = () => true;
const inFolder = () => presentPlace() !== null;
/** Not known yet counts as possible: the storage then says no itself. */
const canMakeFolder = () => {
  const place = presentPlace();
  return place !== null && findLocation(place.locationId)?.capabilities?.makeDirectory !== false;
};
const oneSelected = () => selectedRows().length === 1;
const oneFile = () => oneSelected() && selectedRows()[0]?.kind === 'file';
const someSelected = () => selectedRows().length > 0;

function command(id: CommandId, title: string, keys: string | null, possible: () => boolean, run: () => void): Command {
  return { id, title, keys, possible, run };
}

const words = strings.commands;

export const COMMANDS: readonly Command[] = [
  command('upload files', words.uploadFiles, 'Mod+U', inFolder, () => void uploadPicked('files')),
  command('upload folder', words.uploadFolder, 'Mod+Shift+U', inFolder, () => void uploadPicked('folders')),
  command('download', words.download, 'Mod+D', someSelected, download),
  command('new folder', words.newFolder, 'Mod+Shift+N', canMakeFolder, newFolder),
  command('rename', words.rename, null, oneSelected, () => setRenaming(selectedRows()[0]?.path ?? null)),
  command('delete', words.delete, null, someSelected, askDelete),
  command('compare', words.compare, null, oneFile, compare),
  command('checksum', words.checksum, null, oneFile, () => {
    showInspector();
    focusRegion('checksum');
  }),
  command('copy path', words.copyPath, null, oneSelected, () => void copyText(selectedRows()[0]?.path ?? '')),
  command('refresh', words.refresh, 'F5', inFolder, () => void refreshFolder()),
  command('filter', words.filter, 'Mod+F', inFolder, () => {
    show('files');
    focusRegion('filter');
  }),
  command('address', words.address, 'Mod+L', always, () => focusRegion('address')),
  command('back', words.back, 'Alt+ArrowLeft', always, goBack),
  command('forward', words.forward, 'Alt+ArrowRight', always, goForward),
  command('up', words.up, 'Alt+ArrowUp', inFolder, goUp),
  command('add location', words.addLocation, 'Mod+N', always, () => openDialog({ kind: 'add location' })),
  command('location details', words.locationDetails, null, inFolder, () => openForLocation('location details')),
  command('unfinished', words.unfinished, null, inFolder, () => openForLocation('unfinished')),
  command('show transfers', words.transfers, 'Mod+T', always, () => setDrawerOpen(!usePanels.getState().drawerOpen)),
  command('show receipts', words.receipts, 'Mod+R', always, () => show('receipts')),
  command('toggle inspector', words.inspector, 'Mod+I', always, toggleInspector),
  command('pause', words.pause, null, always, () => void setPaused({}, useTransfers.getState().overview?.paused !== true)),
  command('palette', words.palette, 'Mod+K', always, () => openDialog({ kind: 'palette' })),
  command('shortcuts', words.shortcuts, 'Mod+/', always, () => openDialog({ kind: 'shortcuts' })),
  command('settings', words.settings, 'Mod+,', always, () => openDialog({ kind: 'settings' })),
];

export function runCommand(id: CommandId): void {
  const found = COMMANDS.find((one) => one.id === id);
  if (found?.possible() === true) found.run();
}

interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** The command that a key press means anywhere in the window; null when it means none. */
export function commandForKey(press: KeyPress, mac: boolean): Command | null {
  const mod = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  if (other) return null;
  const key = press.key.length === 1 ? press.key.toUpperCase() : press.key;
  const pressed = [...(mod ? ['Mod'] : []), ...(press.altKey ? ['Alt'] : []), ...(press.shiftKey && !'?/,'.includes(key) ? ['Shift'] : []), key].join('+');
  return COMMANDS.find(({ keys }) => keys === pressed) ?? null;
}

/** `Ctrl+Shift+U`, or `⇧⌘U` on a Mac. */
export function formatKeys(keys: string, mac: boolean): string {
  const names: Readonly<Record<string, string>> = mac
    ? { Mod: '⌘', Shift: '⇧', Alt: '⌥', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑' }
    : { Mod: 'Ctrl', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑' };
  return keys.split('+').map((key) => names[key] ?? key).join(mac ? '' : '+');
}

function openForLocation(kind: 'location details' | 'unfinished'): void {
  const place = presentPlace();
  if (place !== null) openDialog({ kind, locationId: place.locationId });
}

function download(): void {
  const place = presentPlace();
  if (place !== null) void downloadPaths(place.locationId, selectedRows().map(({ path }) => path));
}

function newFolder(): void {
  const place = presentPlace();
  if (place !== null) openDialog({ kind: 'new folder', ...place });
}

function askDelete(): void {
  const place = presentPlace();
  const paths = selectedRows().map(({ path }) => path);
  if (place !== null && paths.length > 0) openDialog({ kind: 'delete', locationId: place.locationId, paths });
}

function compare(): void {
  const place = presentPlace();
  const [row] = selectedRows();
  if (place !== null && row?.kind === 'file') void compareWithLocal(place.locationId, row.path, row.size);
}
