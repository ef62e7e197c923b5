import { Check, ChevronDown, ChevronUp, Ellipsis, ListFilter, ListX, Pause, Play, RotateCw } from 'lucide-react';
import { clearFinished, retryAllFailed, setPaused } from '../../actions/transfer-actions.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { MenuButton } from '../../components/menu.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { formatCount, formatSpeed, formatTimeLeft } from '../../format.ts';
import { setDrawerOpen } from '../../stores/panels-store.ts';
import type { TransferFilter } from '../../stores/transfers-store.ts';
import { setTransferFilter, useTransfers } from '../../stores/transfers-store.ts';
import { strings } from '../../strings.ts';

const words = strings.transfers;
const FILTERS: readonly TransferFilter[] = ['all', 'active', 'failed', 'done'];
/** The line begins short and grows to a minute, so that the first seconds can be seen too. */
const FEWEST_SAMPLES = 20;

export function DrawerHeader({ open }: { readonly open: boolean }) {
  const overview = useTransfers((state) => state.overview);
  const counts = overview?.counts;
  const paused = overview?.paused === true;
  const failed = counts?.failed ?? 0;
  const finished = (counts?.done ?? 0) + (counts?.canceled ?? 0);
  const busy = counts !== undefined && counts.transferring + counts.verifying > 0;
  return (
    <header className="drawer-head">
      <h2 className="drawer-title">{words.region}</h2>
      <DrawerCounts />
      {paused && <span className="paused-word">{words.paused}</span>}
      {open && overview !== null && overview.batches.length > 0 && <FilterMenu />}
      <span className="drawer-space" />
      {busy && (
        <>
          <Throughput />
          <span className="drawer-speed">{[formatSpeed(overview?.bytesPerSecond ?? null), formatTimeLeft(overview?.secondsLeft ?? null)].filter((part) => part !== '').join(' · ')}</span>
        </>
      )}
      {failed > 0 && <Button small foldable icon={RotateCw} onPress={() => void retryAllFailed()}>{words.retryFailed}</Button>}
      <Button small icon={paused ? Play : Pause} onPress={() => void setPaused({}, !paused)}>{paused ? words.resume : words.pause}</Button>
      <Button small foldable icon={ListX} unavailable={finished === 0 ? words.nothingFinished : null} onPress={() => void clearFinished(false)}>{words.clear}</Button>
      {failed > 0 && <MenuButton compact icon={Ellipsis} label={words.more} entries={[{ id: 'dismiss', title: words.dismissFailed, run: () => void clearFinished(true) }]} />}
      <IconButton label={open ? words.collapse : words.expand} icon={open ? ChevronDown : ChevronUp} expanded={open} onPress={() => setDrawerOpen(!open)} />
    </header>
  );
}

function DrawerCounts() {
  const counts = useTransfers(({ overview }) => overview?.counts);
  if (counts === undefined) return null;
  const parts: readonly (readonly [number, string, string])[] = [
    [counts.transferring + counts.verifying, words.counts.active, ''],
    [counts.failed, words.counts.failed, 'count-bad'],
    [counts.paused, words.counts.waiting, 'count-caution'],
    [counts.queued, words.counts.queued, ''],
    [counts.done, words.counts.done, ''],
    [counts.canceled, words.counts.canceled, ''],
  ];
  const shown = parts.filter(([count]) => count > 0);
  return (
    <span className="drawer-counts" title={shown.map(([count, word]) => `${formatCount(count)} ${word}`).join(' · ')}>
      {shown.length === 0 ? words.none : shown.map(([count, word, look]) => <span key={word} className={look}>{`${formatCount(count)} ${word}`}</span>)}
    </span>
  );
}

function Throughput() {
  const samples = useTransfers((state) => state.samples);
  return <Sparkline samples={samples} length={Math.max(FEWEST_SAMPLES, samples.length)} label={words.throughput} />;
}

function FilterMenu() {
  const filter = useTransfers((state) => state.filter);
  return (
    <>
      <MenuButton
        compact
        icon={ListFilter}
        label={words.filterGroup}
        entries={FILTERS.map((one) => ({ id: one, title: words.filters[one], ...(one === filter ? { icon: Check } : {}), run: () => setTransferFilter(one) }))}
      />
      {filter !== 'all' && <span className="filter-word">{words.filters[filter]}</span>}
    </>
  );
}
