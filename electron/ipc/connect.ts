import { type WebContents, ipcMain } from 'electron';
import { EVENT_CHANNEL, REQUEST_CHANNEL } from '../../shared/ipc/channels.ts';
import type { HoldfastEvent } from '../../shared/ipc/contract.ts';
import type { Reply } from '../../shared/ipc/reply.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Dispatch } from './router.ts';
import { isTrustedSender } from './trusted-sender.ts';

/** Lays the router on the request channel. The sender is checked before anything it sent is looked at. */
export function connectRouter(dispatch: Dispatch, origin: string): void {
  ipcMain.handle(REQUEST_CHANNEL, (event, route: unknown, input: unknown): Promise<Reply<unknown>> => {
    if (!isTrustedSender(event, origin)) {
      return Promise.resolve({ ok: false, error: new StorageError('permission_denied', 'This page may not ask Holdfast for anything.').toRecord() });
    }
    return dispatch(route, input);
  });
}

export function sendEvent(target: WebContents, event: HoldfastEvent): void {
  if (!target.isDestroyed()) target.send(EVENT_CHANNEL, event);
}
