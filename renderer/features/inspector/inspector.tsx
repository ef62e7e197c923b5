import { MousePointerClick, X } from 'lucide-react';
import { useMemo } from 'react';
import type { FileRow } from '../../../shared/ipc/views.ts';
import { Badge } from '../../components/badge.tsx';
import { IconButton } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { plural } from '../../format.ts';
import { integrityWord } from '../../integrity-words.ts';
import { selectedRows, useBrowser } from '../../stores/browser-store.ts';
import { useLocations } from '../../stores/locations-store.ts';
import { hideInspector } from '../../stores/panels-store.ts';
import { strings } from '../../strings.ts';
import { ChecksumSection } from './checksum-section.tsx';
import { CompareSection } from './compare-section.tsx';
import { DetailsSection } from './details-section.tsx';
import { EvidenceSection } from './evidence-section.tsx';
import { FileReceipts } from './file-receipts.tsx';
import { StoredSection, useFileDetails } from './stored-section.tsx';
import { useFileReceipts } from './use-file-receipts.ts';

const words = strings.inspector;

/** What is known of the chosen file, and how; for several files how much they are together. */
export function Inspector() {
  const visible = useBrowser((state) => state.visible);
  const selection = useBrowser((state) => state.selection);
  const locationId = useBrowser((state) => state.place?.locationId ?? null);
  const rows = useMemo(() => selectedRows({ visible, selection }), [visible, selection]);
  const [row] = rows;
  return (
    <aside className="inspector" aria-label={words.region}>
      <div className="inspector-close"><IconButton label={words.hide} icon={X} onPress={hideInspector} /></div>
      {row === undefined || locationId === null ? (
        <EmptyState icon={MousePointerClick} title={words.nothing} text={words.nothingText} />
      ) : rows.length > 1 ? (
        <Several rows={rows} />
      ) : (
        <One key={`${locationId} ${row.path}`} row={row} locationId={locationId} />
      )}
    </aside>
  );
}

function Several({ rows }: { readonly rows: readonly FileRow[] }) {
  const folders = rows.filter(({ kind }) => kind === 'folder').length;
  const badges = useMemo(() => {
    const counts = new Map<string, { readonly tone: ReturnType<typeof integrityWord>['tone']; readonly count: number }>();
    for (const { kind, integrity } of rows) {
      if (kind === 'folder') continue;
      const { text, tone } = integrityWord(integrity);
      counts.set(text, { tone, count: (counts.get(text)?.count ?? 0) + 1 });
    }
    return [...counts];
  }, [rows]);
  return (
    <div className="inspector-body">
      <h2 className="inspector-name">{words.several(rows.length)}</h2>
      <p>{words.severalText(folders, rows.reduce((sum, { size }) => sum + (size ?? 0), 0))}</p>
      <ul className="badge-counts">
        {badges.map(([text, { tone, count }]) => (
          <li key={text}><Badge tone={tone} text={text} /> <span className="muted">{plural(count, 'file', 'files')}</span></li>
        ))}
      </ul>
    </div>
  );
}

function One({ row, locationId }: { readonly row: FileRow; readonly locationId: string }) {
  const location = useLocations(({ locations }) => locations?.find(({ id }) => id === locationId) ?? null);
  const receipts = useFileReceipts(locationId, row);
  const details = useFileDetails(locationId, row);
  const word = integrityWord(row.integrity);
  const file = row.kind === 'file';
  return (
    <div className="inspector-body">
      <h2 className="inspector-name">{row.name}</h2>
      {file && (
        <>
          <div><Badge tone={word.tone} text={word.text} /></div>
          <EvidenceSection row={row} receipts={receipts} />
          <CompareSection row={row} locationId={locationId} />
          <ChecksumSection row={row} location={location} />
        </>
      )}
      <DetailsSection row={row} locationName={location?.name ?? locationId} more={details} />
      {file && <StoredSection row={row} location={location} />}
      {file && <FileReceipts receipts={receipts} />}
    </div>
  );
}
