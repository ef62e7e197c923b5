import { create } from 'zustand';
import type { ErrorRecord } from '../../shared/storage/errors.ts';

/** The dialog that is open; at most one (the conflict dialog has its own store, because main opens it). */
export type OpenDialog =
  | { readonly kind: 'none' }
  | { readonly kind: 'add location' }
  | { readonly kind: 'edit location'; readonly locationId: string; readonly test?: boolean }
  | { readonly kind: 'remove location'; readonly locationId: string }
  /** `error` offers to trust a server; `transferId` is tried again when it is trusted */
  | { readonly kind: 'trust'; readonly locationId: string; readonly error: ErrorRecord; readonly transferId?: string }
  | { readonly kind: 'delete'; readonly locationId: string; readonly paths: readonly string[] }
  | { readonly kind: 'new folder'; readonly locationId: string; readonly path: string }
  | { readonly kind: 'location details'; readonly locationId: string }
  | { readonly kind: 'unfinished'; readonly locationId: string }
  | { readonly kind: 'versions'; readonly locationId: string; readonly path: string }
  | { readonly kind: 'link'; readonly locationId: string; readonly path: string }
  | { readonly kind: 'settings' }
  | { readonly kind: 'shortcuts' }
  | { readonly kind: 'palette' };

export const useDialog = create<{ readonly open: OpenDialog }>()(() => ({ open: { kind: 'none' } }));

export function openDialog(open: OpenDialog): void {
  useDialog.setState({ open });
}

export function closeDialog(): void {
  useDialog.setState({ open: { kind: 'none' } });
}
