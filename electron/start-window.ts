import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserWindow, Menu, app, dialog, nativeTheme } from 'electron';
import type { HoldfastEvent } from '../shared/ipc/contract.ts';
import { adviceFor } from '../shared/storage/error-advice.ts';
import type { AppInfo, Settings } from '../shared/ipc/views.ts';
import { type App, startApp } from './app.ts';
import { connectRouter, sendEvent } from './ipc/connect.ts';
import { browseHandlers } from './ipc/handlers/browse.ts';
import { desktopHandlers } from './ipc/handlers/desktop.ts';
import { integrityHandlers } from './ipc/handlers/integrity.ts';
import { locationHandlers } from './ipc/handlers/locations.ts';
import { settingsHandlers } from './ipc/handlers/settings.ts';
import { transferHandlers } from './ipc/handlers/transfers.ts';
import { type Dispatch, createRouter } from './ipc/router.ts';
import { buildMenu } from './menu.ts';
import { APP_ORIGIN } from './platform/app-file.ts';
import { serveApp } from './platform/app-protocol.ts';
import { notifyBatchFinished, showTaskbarProgress } from './platform/attention.ts';
import { Log } from './platform/log.ts';
import type { Profile } from './platform/profile.ts';
import { systemNetwork } from './platform/proxy.ts';
import { KeychainSecrets, keychainState } from './platform/secrets.ts';
import { wrapError } from './storage/wrap-error.ts';
import { createWindow, loadWindow, lockDown, preloadPath } from './window.ts';

/** Runs Holdfast with its window until the window is closed. `mainFolder` is where the bundle of main lies. */
export async function startWindow(profile: Profile, mainFolder: string): Promise<void> {
  await app.whenReady();
  lockDown();
  serveApp(join(mainFolder, '..', 'renderer'));
  const window = createWindow(preloadPath(mainFolder));
  app.on('second-instance', () => {
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  });
  const send = (event: HoldfastEvent) => {
    if (!window.isDestroyed()) sendEvent(window.webContents, event);
  };
  Menu.setApplicationMenu(buildMenu((command) => send({ type: 'menu', command })));

  // The page loads while the services start; what it asks meanwhile waits for them.
  const dispatch = startServices(profile, mainFolder, window, send);
  connectRouter(async (route, input) => (await dispatch)(route, input), APP_ORIGIN);
  await Promise.all([dispatch, loadWindow(window)]);
}

async function startServices(profile: Profile, mainFolder: string, window: BrowserWindow, send: (event: HoldfastEvent) => void): Promise<Dispatch> {
  const services = await startApp({
    folder: profile.folder,
    libraryFolder: profile.libraryFolder,
    threads: { database: pathToFileURL(join(mainFolder, 'database-thread.js')), transfers: pathToFileURL(join(mainFolder, 'transfer-thread.js')) },
    appVersion: app.getVersion(),
    secrets: (database) => new KeychainSecrets(database),
    network: systemNetwork(),
    takeOver: true,
  });
  nativeTheme.themeSource = (await services.settings()).theme;
  const applySettings = (settings: Settings) => {
    nativeTheme.themeSource = settings.theme;
    services.queue.setConcurrency(settings.concurrency);
    services.bandwidth.set({ up: settings.uploadLimit, down: settings.downloadLimit });
    send({ type: 'settings', settings });
  };
  const handlers = {
    ...settingsHandlers({ ...services, info: () => appInfo(profile, services), changed: applySettings }),
    ...locationHandlers(services.locations),
    ...browseHandlers(services.locations, services.listings, services.versions),
    ...transferHandlers(services.queue, services.locations, services.items, services.settings),
    ...integrityHandlers(services.checks, services.jobs, services.items),
    ...desktopHandlers({ ...services, window: () => window, dataFolder: profile.folder }),
  };
  const log = new Log(join(profile.folder, 'holdfast.log'));
  forwardEvents(services, window, send);
  let telling = false;
  services.queue.onTrouble((error) => {
    log.error('journal', error);
    if (telling || window.isDestroyed()) return;
    telling = true;
    void dialog.showMessageBox(window, { type: 'error', message: 'Holdfast paused its transfers', detail: `${error.message}\n${adviceFor(error).nextStep}` }).finally(() => {
      telling = false;
    });
  });
  const takeOver = () => Promise.all([services.locations.reload(), services.queue.takeOver()]);
  window.on('focus', () => void takeOver().catch((error: unknown) => log.error('focus', wrapError(error, 'look what others changed'))));
  closeInOrder(services);
  return createRouter(handlers, (error, route) => log.error(route, error));
}

function forwardEvents({ locations, queue, jobs }: App, window: BrowserWindow, send: (event: HoldfastEvent) => void): void {
  locations.onChange((list) => send({ type: 'locations', locations: list }));
  queue.onChange((overview) => {
    send({ type: 'transfers', overview });
    showTaskbarProgress(window, overview);
  });
  queue.onFolderChanged(({ locationId, path }) => send({ type: 'folder changed', locationId, path }));
  queue.onBatchFinished((batch) => notifyBatchFinished(window, batch));
  jobs.onProgress((progress) => send({ type: 'job', ...progress }));
}

/** Transfers under way are stopped cleanly and go on at the next start. */
function closeInOrder(services: App): void {
  let closed = false;
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    void services.close().finally(() => {
      closed = true;
      app.quit();
    });
  });
}

function appInfo(profile: Profile, services: App): AppInfo {
  const { platform } = process;
  return {
    version: app.getVersion(),
    electron: process.versions.electron ?? '',
    platform: platform === 'linux' || platform === 'darwin' || platform === 'win32' ? platform : 'other',
    dataFolder: profile.folder,
    keychain: keychainState(),
    notices: services.notices,
  };
}
