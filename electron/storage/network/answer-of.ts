import type { Socket } from 'node:net';

/**
 * Waits for an answer on a new connection. `parse` gets everything that came so far: null for "not yet", else the answer and how many
 * bytes it took; what came after it stays in the socket for whoever reads next, which is left as it was found: neither flowing nor paused.
 * @throws what `parse` throws, what the connection failed with, or the reason of `stop`; the connection is ended then
 */
export function answerOf<T>(socket: Socket, stop: AbortSignal, parse: (received: Buffer) => { readonly value: T; readonly length: number } | null): Promise<T> {
  return settled(socket, stop, (resolve, reject) => {
    let received = Buffer.alloc(0);
    const look = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) received = Buffer.concat([received, chunk]);
      try {
        const found = parse(received);
        if (found === null) return;
        socket.off('readable', look);
        if (received.length > found.length) socket.unshift(received.subarray(found.length));
        resolve(found.value);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    socket.on('readable', look);
    look();
  });
}

/** What `begin` comes to, unless the connection fails or is closed before, or `stop` aborts; then it is ended and nothing stays behind. */
export function settled<T>(socket: Socket, stop: AbortSignal, begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (action: () => void): void => {
      stop.removeEventListener('abort', onAbort);
      socket.off('error', fail).off('close', onClose);
      action();
    };
    const fail = (error: Error): void => {
      finish(() => {
        socket.on('error', () => undefined).destroy();
        reject(error);
      });
    };
    const onAbort = (): void => fail(stop.reason as Error);
    const onClose = (): void => fail(Object.assign(new Error('the connection was closed before it was there'), { code: 'ECONNRESET' }));
    socket.once('error', fail).once('close', onClose);
    if (stop.aborted) onAbort();
    else {
      stop.addEventListener('abort', onAbort, { once: true });
      begin((value) => finish(() => resolve(value)), fail);
    }
  });
}
