import { StorageError } from '../../../../shared/storage/errors.ts';

/** Waits for it, but not longer than until the signal is aborted. What comes later goes to `late`. @throws StorageError canceled */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, late: (value: T) => void = () => undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(new StorageError('canceled', 'Canceled.', { cause: signal.reason }));
      work.then(late, () => undefined);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
