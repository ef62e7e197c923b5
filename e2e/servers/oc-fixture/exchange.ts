import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OcFault, OcFaults, OcFixtureOptions } from './options.ts';
import type { OcStore } from './store.ts';

/** One request on its way through the fixture. */
export interface OcExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** `files/...` or `uploads/...`, decoded, no slash at either end */
  readonly path: string;
  readonly options: OcFixtureOptions;
  readonly faults: OcFaults;
  readonly store: OcStore;
  /** resolves when bodies may be read */
  readonly gate: () => Promise<void>;
  /** the path that a `Destination` names; null for one that is none here */
  readonly destination: () => string | null;
  /** address of a path of the store, as the request wrote them */
  readonly hrefOf: (path: string, isFolder: boolean) => string;
}

export function take<Kind extends OcFault['kind']>({ faults, method, path }: OcExchange, kind: Kind) {
  return faults.take(kind, method, path.replace(/^files\//, ''));
}

export function header({ request }: OcExchange, name: string): string | null {
  const value = request.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** Answers, or cuts the connection where the answer is to be lost. */
export function answer(exchange: OcExchange, status: number, body: string | Buffer = '', headers: Readonly<Record<string, string>> = {}): void {
  const { response, method } = exchange;
  if (status < 300 && take(exchange, 'lose answer') !== null) return void response.destroy();
  const other = status < 300 ? take(exchange, 'done, but') : null;
  const said = other?.status ?? status;
  response.writeHead(said, { 'content-type': 'text/plain; charset=utf-8', ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(method === 'HEAD' ? '' : body);
}

/** As SabreDAV words it. */
export function refuse(exchange: OcExchange, status: number, message: string): void {
  exchange.request.resume();
  answer(exchange, status, `<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>Sabre\\DAV\\Exception</s:exception><s:message>${message}</s:message></d:error>\n`, { 'content-type': 'application/xml; charset=utf-8' });
}
