import { useDialog } from '../../stores/dialog-store.ts';
import { useLocations } from '../../stores/locations-store.ts';
import { LinkDialog } from './link-dialog.tsx';
import { LocationDetailsDialog } from './location-details-dialog.tsx';
import { UnfinishedDialog } from './unfinished-dialog.tsx';
import { VersionsDialog } from './versions-dialog.tsx';

/** What a storage knows beside the files of a folder: versions, links, room, what was left over. */
export function StoredDialogs() {
  const open = useDialog((state) => state.open);
  const location = useLocations(({ locations }) => locations?.find(({ id }) => 'locationId' in open && id === open.locationId) ?? null);
  if (location === null) return null;
  if (open.kind === 'versions') return <VersionsDialog location={location} path={open.path} />;
  if (open.kind === 'link') return <LinkDialog location={location} path={open.path} />;
  if (open.kind === 'unfinished') return <UnfinishedDialog location={location} />;
  return open.kind === 'location details' ? <LocationDetailsDialog location={location} /> : null;
}
