import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultKind, Faults } from './http-faults.ts';
import type { HttpServerOptions } from './http-options.ts';
import type { HttpStore } from './http-store.ts';

/** One request on its way through the server. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** decoded, no slash at either end */
  readonly path: string;
  /** there was a slash at the end: a folder is meant */
  readonly slash: boolean;
  readonly query: URLSearchParams;
  readonly options: HttpServerOptions;
  readonly faults: Faults;
  readonly store: HttpStore;
  /** resolves when bodies may be read */
  readonly gate: () => Promise<void>;
}

export function take<Kind extends FaultKind>({ faults, method, path }: Exchange, kind: Kind) {
  return faults.take(kind, method, path);
}

export function answer(response: ServerResponse, status: number, body = '', headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(response.req.method === 'HEAD' ? '' : body);
}

export function addressOf(path: string): string {
  return `/${path.split('/').map(encodeURIComponent).join('/')}`;
}
