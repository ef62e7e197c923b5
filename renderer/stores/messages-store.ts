import { create } from 'zustand';
import type { ErrorRecord } from '../../shared/storage/errors.ts';

/** A line that tells how an action ended. Failures stay until dismissed; the rest goes by itself. */
export type Message = { readonly id: number; readonly kind: 'info'; readonly text: string } | { readonly id: number; readonly kind: 'error'; readonly error: ErrorRecord };

const INFO_STAYS_MS = 5000;
const MOST_MESSAGES = 4;

export const useMessages = create<{ readonly messages: readonly Message[] }>()(() => ({ messages: [] }));

let lastId = 0;

/** Nobody needs to be told of what they canceled themselves. */
export function tell(what: ErrorRecord | string): void {
  if (typeof what !== 'string' && what.code === 'canceled') return;
  lastId += 1;
  const id = lastId;
  const message: Message = typeof what === 'string' ? { id, kind: 'info', text: what } : { id, kind: 'error', error: what };
  useMessages.setState(({ messages }) => ({ messages: [...messages, message].slice(-MOST_MESSAGES) }));
  if (message.kind === 'info') setTimeout(() => dismissMessage(id), INFO_STAYS_MS);
}

export function dismissMessage(id: number): void {
  useMessages.setState(({ messages }) => ({ messages: messages.filter((message) => message.id !== id) }));
}
