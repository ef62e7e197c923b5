import { useEffect, useState } from 'react';
import type { FileRow } from '../../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import type { Receipt } from '../../../shared/transfers/transfer.ts';
import { errorRecord, request } from '../../bridge.ts';

export type FileReceiptsState = { readonly kind: 'loading' } | { readonly kind: 'ready'; readonly receipts: readonly Receipt[] } | { readonly kind: 'failed'; readonly error: ErrorRecord };

const ASK_AFTER_MS = 120;

/** Receipts of one file, asked for when the keyboard rests on it, and again when what is known of it changes. */
export function useFileReceipts(locationId: string, row: FileRow): FileReceiptsState {
  const [state, setState] = useState<FileReceiptsState>({ kind: 'loading' });
  const { path, kind, integrity } = row;
  useEffect(() => {
    if (kind === 'folder') return;
    let wanted = true;
    const timer = setTimeout(() => {
      request('receipts.forFile', { locationId, path }).then(
        (receipts) => wanted && setState({ kind: 'ready', receipts }),
        (error: unknown) => wanted && setState({ kind: 'failed', error: errorRecord(error) }),
      );
    }, ASK_AFTER_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [locationId, path, kind, integrity]);
  return state;
}
