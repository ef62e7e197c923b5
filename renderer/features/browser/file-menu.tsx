import { Copy, Download, Eye, FolderOpen, FolderPlus, GitCompareArrows, Hash, History, Link2, Pencil, RefreshCw, Trash2 } from 'lucide-react';
import { copyText, revealFile, rowDigest } from '../../actions/file-actions.ts';
import type { MenuEntry, MenuPoint } from '../../components/menu.tsx';
import { ContextMenu } from '../../components/menu.tsx';
import { useMac } from '../../components/platform.ts';
import { formatKeys, runCommand } from '../../commands.ts';
import { selectedRows } from '../../stores/browser-store.ts';
import { openDialog } from '../../stores/dialog-store.ts';
import { useLocations } from '../../stores/locations-store.ts';
import type { Place } from '../../stores/place.ts';
import { strings } from '../../strings.ts';
import { openRow } from './perform.ts';

const words = strings.browser;

/** What can be done with the chosen rows, or with the folder when there are none. */
export function FileMenu({ at, place, onClose }: { readonly at: MenuPoint; readonly place: Place; readonly onClose: () => void }) {
  const location = useLocations(({ locations }) => locations?.find(({ id }) => id === place.locationId) ?? null);
  const mac = useMac();
  const rows = selectedRows();
  const [row] = rows;
  const one = rows.length === 1 && row !== undefined ? row : null;
  const digest = one === null ? null : rowDigest(one);
  const can = location?.capabilities ?? null;
  const folderEntries: readonly MenuEntry[] = [
    { id: 'new folder', title: words.newFolder, icon: FolderPlus, disabled: can?.makeDirectory === false, run: () => runCommand('new folder') },
    { id: 'refresh', title: words.refresh, icon: RefreshCw, keys: 'F5', run: () => runCommand('refresh') },
  ];
  const entries: readonly (MenuEntry | null)[] = rows.length === 0 ? folderEntries : [
    ...(one?.kind === 'folder' ? [{ id: 'open', title: words.open, icon: FolderOpen, run: () => openRow(one, place) }] : []),
    { id: 'download', title: words.download, icon: Download, keys: formatKeys('Mod+D', mac), run: () => runCommand('download') },
    { id: 'rename', title: words.rename, icon: Pencil, keys: 'F2', disabled: one === null || can?.move === false, run: () => runCommand('rename') },
    { id: 'delete', title: words.deleteEllipsis, icon: Trash2, keys: 'Del', danger: true, disabled: can?.delete === false, run: () => runCommand('delete') },
    null,
    { id: 'checksum', title: words.checksum, icon: Hash, disabled: one?.kind !== 'file', run: () => runCommand('checksum') },
    { id: 'compare', title: words.compare, icon: GitCompareArrows, disabled: one?.kind !== 'file', run: () => runCommand('compare') },
    null,
    ...(can?.versions === true ? [{ id: 'versions', title: words.versions, icon: History, disabled: one?.kind !== 'file', run: () => one !== null && openDialog({ kind: 'versions', locationId: place.locationId, path: one.path }) }] : []),
    ...(can?.link === true ? [{ id: 'link', title: words.link, icon: Link2, disabled: one?.kind !== 'file', run: () => one !== null && openDialog({ kind: 'link', locationId: place.locationId, path: one.path }) }] : []),
    { id: 'copy path', title: words.copyPath, icon: Copy, disabled: one === null, run: () => runCommand('copy path') },
    { id: 'copy digest', title: words.copyDigest, icon: Copy, disabled: digest === null, run: () => void copyText(digest ?? '') },
    ...(location?.backend === 'local' ? [{ id: 'reveal', title: words.reveal, icon: Eye, disabled: one === null, run: () => one !== null && void revealFile(place.locationId, one.path) }] : []),
    null,
    ...folderEntries,
  ];
  return <ContextMenu at={at} entries={entries} label={words.menu} onClose={onClose} />;
}
