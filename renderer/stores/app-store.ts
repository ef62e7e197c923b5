import { create } from 'zustand';
import type { AppInfo, BackendView, Settings, Theme } from '../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { errorRecord, request } from '../bridge.ts';
import { tell } from './messages-store.ts';
import { recall, remember } from './remember.ts';

interface AppState {
  readonly start: { readonly kind: 'loading' } | { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly error: ErrorRecord };
  readonly info: AppInfo | null;
  readonly settings: Settings | null;
  readonly backends: readonly BackendView[];
  readonly dismissedNotices: readonly string[];
}

export const useApp = create<AppState>()(() => ({ start: { kind: 'loading' }, info: null, settings: null, backends: [], dismissedNotices: [] }));

/** Loads what does not change while the window is open. Never throws: the state says what happened. */
export async function loadApp(): Promise<void> {
  try {
    const [info, settings, backends] = await Promise.all([request('app.info', {}), request('settings.get', {}), request('backends.list', {})]);
    useApp.setState({ start: { kind: 'ready' }, info, backends });
    acceptSettings(settings);
  } catch (error) {
    useApp.setState({ start: { kind: 'failed', error: errorRecord(error) } });
  }
}

export function acceptSettings(settings: Settings): void {
  useApp.setState({ settings });
  applyTheme(settings.theme);
}

export async function changeSettings(patch: Partial<Settings>): Promise<void> {
  try {
    acceptSettings(await request('settings.set', patch));
  } catch (error) {
    tell(errorRecord(error));
  }
}

export function dismissNotice(notice: string): void {
  useApp.setState((state) => ({ dismissedNotices: [...state.dismissedNotices, notice] }));
}

/** `data-theme` on the page decides; without it the desktop's wish does. Remembered so that the next start does not flash. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  remember('theme', theme);
}

export function applyRememberedTheme(): void {
  const theme = recall('theme');
  if (theme === 'light' || theme === 'dark') applyTheme(theme);
}
