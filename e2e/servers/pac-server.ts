import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PacServer {
  readonly url: string;
  /** how often it was fetched */
  fetched(): number;
  stop(): Promise<void>;
}

/** Serves a PAC file on loopback. @param body of `FindProxyForURL(url, host)` */
export async function servePac(body: string): Promise<PacServer> {
  let count = 0;
  const server = createServer((_request, response) => {
    count += 1;
    response.writeHead(200, { 'content-type': 'application/x-ns-proxy-autoconfig' }).end(`function FindProxyForURL(url, host) {\n${body}\n}\n`);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/proxy.pac`,
    fetched: () => count,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
