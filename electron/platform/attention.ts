import { type BrowserWindow, Notification } from 'electron';
import type { BatchSummary } from '../../shared/transfers/transfer.ts';
import type { TransfersOverview } from '../../shared/ipc/views.ts';

/** Progress on the taskbar or dock: the share of all unfinished batches, red when something failed. */
export function showTaskbarProgress(window: BrowserWindow, { batches, counts }: TransfersOverview): void {
  if (window.isDestroyed()) return;
  const waiting = counts.queued + counts.transferring + counts.verifying;
  if (waiting === 0) {
    window.setProgressBar(-1);
    return;
  }
  const open = batches.filter((batch) => batch.counts.queued + batch.counts.transferring + batch.counts.verifying > 0);
  const total = open.reduce((sum, batch) => sum + batch.bytesTotal, 0);
  const done = open.reduce((sum, batch) => sum + batch.bytesDone, 0);
  window.setProgressBar(total === 0 ? 2 : Math.min(1, done / total), { mode: counts.failed > 0 ? 'error' : 'normal' });
}

/** One notification a finished batch, and only when the window is not looked at. */
export function notifyBatchFinished(window: BrowserWindow, batch: BatchSummary): void {
  if (window.isDestroyed() || window.isFocused() || !Notification.isSupported()) return;
  const notification = new Notification({ title: batch.title, body: batchSentence(batch), silent: true });
  notification.on('click', () => {
    window.show();
    window.focus();
  });
  notification.show();
}

export function batchSentence({ counts }: BatchSummary): string {
  const parts = [`${counts.done} done`];
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  if (counts.canceled > 0) parts.push(`${counts.canceled} canceled`);
  if (counts.paused > 0) parts.push(`${counts.paused} waiting for you`);
  return parts.join(', ');
}
