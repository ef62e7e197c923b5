import { StorageError } from '../../shared/storage/errors.ts';
import type { Clock } from './clock.ts';
import { retryDelay } from './retry-policy.ts';

/** Tries again what may pass by itself, with the pauses of a transfer. Gives up at once when aborted. */
export async function patiently<T>({ clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }, action: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await action();
    } catch (error) {
      const delay = signal.aborted || !(error instanceof StorageError) ? null : retryDelay(error.toRecord(), tries);
      if (delay === null) throw error;
      await sleep(clock, delay, signal);
    }
  }
}

function sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(milliseconds, wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
