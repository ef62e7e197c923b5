import { create } from 'zustand';
import type { RouteInput } from '../../shared/ipc/contract.ts';
import type { Transfer } from '../../shared/transfers/transfer.ts';
import { errorRecord, request } from '../bridge.ts';
import { tell } from './messages-store.ts';
import { useTransfers } from './transfers-store.ts';

export type ConflictAnswer = RouteInput<'transfers.answerConflict'>['action'];

interface ConflictsState {
  /** transfers that wait for an answer, oldest first; a part of them when there are many */
  readonly waiting: readonly Transfer[];
  /** put off by the user: the row in the drawer brings them back */
  readonly putOff: ReadonlySet<string>;
}

export const useConflicts = create<ConflictsState>()(() => ({ waiting: [], putOff: new Set() }));

const ASK_FOR = 50;
let seenRevision = -1;
let asking = false;

/** Looks for transfers that wait whenever the overview counts paused ones. */
export async function findConflicts(): Promise<void> {
  const overview = useTransfers.getState().overview;
  if (overview === null || asking || overview.revision === seenRevision) return;
  if (overview.counts.paused === 0) {
    if (useConflicts.getState().waiting.length > 0) useConflicts.setState({ waiting: [] });
    return;
  }
  asking = true;
  seenRevision = overview.revision;
  try {
    const { rows } = await request('transfers.list', { offset: 0, limit: ASK_FOR, states: ['paused'] });
    useConflicts.setState({ waiting: rows.filter(({ status }) => status.state === 'paused' && status.reason === 'conflict') });
  } catch (error) {
    tell(errorRecord(error));
  } finally {
    asking = false;
  }
}

export async function answerConflict(transfer: Transfer, action: ConflictAnswer, wholeBatch: boolean): Promise<void> {
  useConflicts.setState(({ waiting }) => ({ waiting: waiting.filter((one) => one.id !== transfer.id && !(wholeBatch && one.batchId === transfer.batchId)) }));
  try {
    await request('transfers.answerConflict', { transferId: transfer.id, action, wholeBatch });
  } catch (error) {
    tell(errorRecord(error));
  }
}

export function putOffConflicts(): void {
  useConflicts.setState(({ waiting, putOff }) => ({ putOff: new Set([...putOff, ...waiting.map(({ id }) => id)]) }));
}

/** Asks about this one first, even if it was put off. */
export function decideConflict(transfer: Transfer): void {
  useConflicts.setState(({ waiting, putOff }) => ({
    waiting: [transfer, ...waiting.filter(({ id }) => id !== transfer.id)],
    putOff: new Set([...putOff].filter((id) => id !== transfer.id)),
  }));
}
