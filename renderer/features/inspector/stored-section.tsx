import { History, Link2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { FileRow, LocationView } from '../../../shared/ipc/views.ts';
import type { FileDetail } from '../../../shared/storage/file-instance.ts';
import { request } from '../../bridge.ts';
import { Button } from '../../components/button.tsx';
import { openDialog } from '../../stores/dialog-store.ts';
import { strings } from '../../strings.ts';

const words = strings.inspector;
const ASK_AFTER_MS = 200;
const NONE: readonly FileDetail[] = [];

/** Versions and links where the storage has them. */
export function StoredSection({ row, location }: { readonly row: FileRow; readonly location: LocationView | null }) {
  const can = location?.capabilities ?? null;
  if (location === null || can === null || (!can.versions && !can.link)) return null;
  return (
    <div className="button-row">
      {can.versions && <Button icon={History} onPress={() => openDialog({ kind: 'versions', locationId: location.id, path: row.path })}>{words.versions}</Button>}
      {can.link && <Button icon={Link2} onPress={() => openDialog({ kind: 'link', locationId: location.id, path: row.path })}>{words.link}</Button>}
    </div>
  );
}

/** What else the storage says of a file, asked for when the keyboard rests on it. It is a part of the details, so a failure leaves them as they are. */
export function useFileDetails(locationId: string, { path, kind, modified, size }: FileRow): readonly FileDetail[] {
  const [details, setDetails] = useState(NONE);
  useEffect(() => {
    if (kind === 'folder') return;
    let wanted = true;
    const timer = setTimeout(() => {
      request('browse.details', { locationId, path }).then(
        (found) => wanted && setDetails(found),
        () => wanted && setDetails(NONE),
      );
    }, ASK_AFTER_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [locationId, path, kind, modified, size]);
  return details;
}
