import { afterAll, beforeAll } from 'vitest';

/** For servers that take long to start. */
const TIMEOUT_MS = 180_000;

/**
 * One server for all tests of the file or `describe` that calls this, started before the first and stopped after the last.
 *
 * @returns what gives the running server, within tests and hooks
 */
export function useServer<Server extends { stop(): Promise<void> }>(start: () => Promise<Server>): () => Server {
  let server: Server | undefined;
  beforeAll(async () => {
    server = await start();
  }, TIMEOUT_MS);
  afterAll(async () => {
    await server?.stop();
  }, TIMEOUT_MS);
  return () => {
    if (server === undefined) throw new Error('The server runs only within tests and hooks.');
    return server;
  };
}
