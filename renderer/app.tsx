import { useEffect } from 'react';
import type { CSSProperties } from 'react';
import { bridgeIsThere } from './bridge.ts';
import { commandForKey, runCommand } from './commands.ts';
import { pastedFiles, refuseStrayDrops } from './components/file-drop.ts';
import { ErrorBoundary } from './components/error-boundary.tsx';
import { ErrorPanel } from './components/error-panel.tsx';
import { Button } from './components/button.tsx';
import { isMac } from './components/platform.ts';
import { Splitter } from './components/splitter.tsx';
import { TooltipLayer } from './components/tooltip-layer.tsx';
import { useMedia } from './components/use-media.ts';
import { uploadFiles } from './actions/transfer-actions.ts';
import { Browser } from './features/browser/browser.tsx';
import { FileDialogs } from './features/browser/file-dialogs.tsx';
import { ConflictDialog } from './features/conflicts/conflict-dialog.tsx';
import { Inspector } from './features/inspector/inspector.tsx';
import { LocationDialogs } from './features/locations/location-dialogs.tsx';
import { Sidebar } from './features/locations/sidebar.tsx';
import { Palette } from './features/palette/palette.tsx';
import { ReceiptsView } from './features/receipts/receipts-view.tsx';
import { SettingsDialog } from './features/settings/settings-dialog.tsx';
import { ShortcutsDialog } from './features/settings/shortcuts-dialog.tsx';
import { DropHint } from './features/shell/drop-hint.tsx';
import { Header } from './features/shell/header.tsx';
import { Messages } from './features/shell/messages.tsx';
import { Notices } from './features/shell/notices.tsx';
import { StatusBar } from './features/shell/status-bar.tsx';
import { StoredDialogs } from './features/stored/stored-dialogs.tsx';
import { Drawer } from './features/transfers/drawer.tsx';
import { loadApp, useApp } from './stores/app-store.ts';
import { hideInspector, PANEL_LIMITS, resizePanel, usePanels, WIDE_WINDOW } from './stores/panels-store.ts';
import { presentPlace, usePlace } from './stores/place-store.ts';
import { startStores } from './stores/start.ts';
import { strings } from './strings.ts';

/** The window: where the features are put together, and what belongs to all of it (keys, paste, stray drops). */
export function App() {
  return bridgeIsThere() ? <Connected /> : <div className="lost" role="alert"><h1>{strings.app.lostTitle}</h1><p>{strings.app.lostText}</p></div>;
}

function Connected() {
  useEffect(() => startStores(runCommand), []);
  useWindowEvents();
  const start = useApp((state) => state.start);
  if (start.kind === 'failed') {
    return (
      <div className="lost">
        <ErrorPanel error={start.error} title={strings.app.startFailed}><Button onPress={() => void loadApp()}>{strings.app.tryAgain}</Button></ErrorPanel>
      </div>
    );
  }
  return (
    <>
      <Window />
      <LocationDialogs />
      <FileDialogs />
      <StoredDialogs />
      <SettingsDialog />
      <ShortcutsDialog />
      <Palette />
      <ConflictDialog />
      <DropHint />
      <Messages />
      <TooltipLayer />
    </>
  );
}

function Window() {
  const sizes = usePanels((state) => state.sizes);
  const wide = useMedia(WIDE_WINDOW);
  const view = usePlace((state) => state.view);
  const inspector = usePanels((state) => (wide ? state.inspectorOpen : state.inspectorOver)) && view === 'files';
  const { sidebar, inspector: inspectorLimits } = PANEL_LIMITS;
  return (
    <div className="window" style={{ '--sidebar': `${sizes.sidebar}px`, '--inspector': `${sizes.inspector}px` } as CSSProperties}>
      <Header />
      <div className="sidebar-panel">
        <ErrorBoundary region={strings.sidebar.navigation}><Sidebar /></ErrorBoundary>
        <Splitter label={strings.sidebar.resize} orientation="vertical" size={sizes.sidebar} {...sidebar} onResize={(size) => resizePanel('sidebar', size)} />
      </div>
      <div className="work">
        <Notices />
        <div className="work-top">
          <main className="main" aria-label={strings.browser.region}>
            <ErrorBoundary region={strings.browser.region}>{view === 'files' ? <Browser /> : <ReceiptsView />}</ErrorBoundary>
          </main>
          {inspector && (
            <div className={wide ? 'inspector-panel' : 'inspector-panel inspector-over'} onKeyDown={(event) => !wide && event.key === 'Escape' && hideInspector()}>
              <Splitter label={strings.inspector.resize} orientation="vertical" reversed size={sizes.inspector} {...inspectorLimits} onResize={(size) => resizePanel('inspector', size)} />
              <ErrorBoundary region={strings.inspector.region}><Inspector /></ErrorBoundary>
            </div>
          )}
        </div>
        <ErrorBoundary region={strings.transfers.region}><Drawer /></ErrorBoundary>
      </div>
      <StatusBar />
    </div>
  );
}

function useWindowEvents(): void {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('.overlay') !== null) return;
      const command = commandForKey(event, isMac());
      if (command === null) return;
      event.preventDefault();
      if (command.possible()) command.run();
    };
    const paste = (event: ClipboardEvent) => {
      const place = presentPlace();
      const files = pastedFiles(event.clipboardData);
      if (place === null || files.length === 0 || document.querySelector('.overlay') !== null) return;
      event.preventDefault();
      void uploadFiles(files, place);
    };
    const endStrayDrops = refuseStrayDrops();
    document.addEventListener('keydown', key);
    document.addEventListener('paste', paste);
    return () => {
      endStrayDrops();
      document.removeEventListener('keydown', key);
      document.removeEventListener('paste', paste);
    };
  }, []);
}
