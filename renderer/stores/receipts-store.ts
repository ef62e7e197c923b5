import { create } from 'zustand';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import type { Receipt } from '../../shared/transfers/transfer.ts';
import { errorRecord, request } from '../bridge.ts';
import { PAGE_ROWS } from './transfers-store.ts';

interface ReceiptsState {
  readonly search: string;
  /** null until the first page came */
  readonly total: number | null;
  readonly pages: ReadonlyMap<number, readonly Receipt[]>;
  readonly error: ErrorRecord | null;
  /** id of the receipt whose details are shown */
  readonly open: string | null;
}

export const useReceipts = create<ReceiptsState>()(() => ({ search: '', total: null, pages: new Map(), error: null, open: null }));

/** How many receipts there are in all, for the status bar; null when not known. */
export const useReceiptCount = create<{ readonly count: number | null }>()(() => ({ count: null }));

const asked = new Set<string>();

export async function loadReceiptPage(page: number): Promise<void> {
  const { search, pages } = useReceipts.getState();
  const key = `${page} ${search}`;
  if (asked.has(key) || pages.has(page)) return;
  asked.add(key);
  try {
    const answer = await request('receipts.list', { offset: page * PAGE_ROWS, limit: PAGE_ROWS, search });
    if (useReceipts.getState().search !== search) return;
    useReceipts.setState((state) => ({ total: answer.total, error: null, pages: new Map(state.pages).set(page, answer.rows) }));
    if (search === '') useReceiptCount.setState({ count: answer.total });
  } catch (error) {
    if (useReceipts.getState().search === search) useReceipts.setState({ error: errorRecord(error) });
  } finally {
    asked.delete(key);
  }
}

/** Begins again from the first page. */
export function searchReceipts(search: string): void {
  useReceipts.setState((state) => ({ search, pages: new Map(), error: null, total: state.total, open: null }));
  void loadReceiptPage(0);
}

export function openReceipt(open: string | null): void {
  useReceipts.setState({ open });
}

/** @returns nothing; the count stays unknown when main cannot tell */
export async function countReceipts(): Promise<void> {
  try {
    const { total } = await request('receipts.list', { offset: 0, limit: 1, search: '' });
    useReceiptCount.setState({ count: total });
  } catch {
    useReceiptCount.setState({ count: null });
  }
}
