import { ArrowUpDown, Plus, ReceiptText } from 'lucide-react';
import type { ReactNode } from 'react';
import { formatCount } from '../../format.ts';
import { openDialog } from '../../stores/dialog-store.ts';
import { useLocations } from '../../stores/locations-store.ts';
import { setDrawerOpen, usePanels } from '../../stores/panels-store.ts';
import { presentPlace, show, usePlace } from '../../stores/place-store.ts';
import { useTransfers } from '../../stores/transfers-store.ts';
import { strings } from '../../strings.ts';
import { LocationItem } from './location-item.tsx';

const words = strings.sidebar;

export function Sidebar() {
  const locations = useLocations((state) => state.locations);
  const shownId = usePlace((state) => (state.view === 'files' ? presentPlace(state)?.locationId : undefined));
  const inReceipts = usePlace(({ view }) => view === 'receipts');
  const drawerOpen = usePanels((state) => state.drawerOpen);
  const open = useTransfers(({ overview }) => (overview === null ? 0 : overview.counts.queued + overview.counts.transferring + overview.counts.verifying + overview.counts.paused));
  return (
    <nav className="sidebar" aria-label={words.navigation}>
      <h2 className="section-title">{words.locations}</h2>
      <ul className="sidebar-list">
        {locations?.map((location) => <LocationItem key={location.id} location={location} shown={location.id === shownId} />)}
        <li>
          <button type="button" className="sidebar-item sidebar-add" onClick={() => openDialog({ kind: 'add location' })}>
            <Plus className="icon" aria-hidden />
            <span className="sidebar-name">{words.add}</span>
          </button>
        </li>
      </ul>
      <h2 className="section-title">{words.work}</h2>
      <ul className="sidebar-list">
        <WorkItem icon={<ArrowUpDown className="icon" aria-hidden />} name={words.transfers} expanded={drawerOpen} onPress={() => setDrawerOpen(!drawerOpen)}>
          {open > 0 && (
            <span className="count-badge">
              <span aria-hidden>{open > 9999 ? '9999+' : formatCount(open)}</span>
              <span className="visually-hidden">{words.activeTransfers(open)}</span>
            </span>
          )}
        </WorkItem>
        <WorkItem icon={<ReceiptText className="icon" aria-hidden />} name={words.receipts} current={inReceipts} onPress={() => show('receipts')} />
      </ul>
    </nav>
  );
}

interface WorkItemProps {
  readonly icon: ReactNode;
  readonly name: string;
  readonly current?: boolean;
  readonly expanded?: boolean;
  readonly onPress: () => void;
  readonly children?: ReactNode;
}

function WorkItem({ icon, name, current = false, expanded, onPress, children }: WorkItemProps) {
  return (
    <li>
      <button type="button" className="sidebar-item" aria-current={current ? 'page' : undefined} aria-expanded={expanded} onClick={onPress}>
        {icon}
        <span className="sidebar-name">{name}</span>
        {children}
      </button>
    </li>
  );
}
