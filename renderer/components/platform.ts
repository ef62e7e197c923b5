import { useApp } from '../stores/app-store.ts';

export function useMac(): boolean {
  return useApp((state) => state.info?.platform === 'darwin');
}

export function isMac(): boolean {
  return useApp.getState().info?.platform === 'darwin';
}
