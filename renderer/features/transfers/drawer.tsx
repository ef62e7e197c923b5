import { ErrorBoundary } from '../../components/error-boundary.tsx';
import { Splitter } from '../../components/splitter.tsx';
import { PANEL_LIMITS, resizePanel, usePanels } from '../../stores/panels-store.ts';
import { strings } from '../../strings.ts';
import { DrawerHeader } from './drawer-header.tsx';
import { DrawerList } from './drawer-list.tsx';

/** The transfers under the table: its head is always there, the list can be hidden. */
export function Drawer() {
  const open = usePanels((state) => state.drawerOpen);
  const size = usePanels(({ sizes }) => sizes.drawer);
  return (
    <section className="drawer" aria-label={strings.transfers.region} style={open ? { height: size } : undefined}>
      {open && <Splitter label={strings.transfers.resize} orientation="horizontal" reversed size={size} {...PANEL_LIMITS.drawer} onResize={(next) => resizePanel('drawer', next)} />}
      <DrawerHeader open={open} />
      {open && (
        <ErrorBoundary region={strings.transfers.region}>
          <DrawerList />
        </ErrorBoundary>
      )}
    </section>
  );
}
