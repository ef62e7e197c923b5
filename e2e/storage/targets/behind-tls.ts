import { startTlsFront } from '../../servers/tls-front.ts';
import type { Address, RunningTarget } from '../target.ts';

/** A server of HTTP behind a front of the tests that shows the certificate: what decides whom to trust is the client, which sees no difference. */
export function behindTls(port: number, address: (port: number) => Address): NonNullable<RunningTarget['showing']> {
  return async (certificate, caFile) => {
    const front = await startTlsFront(certificate, port);
    const { uri, options, ...rest } = address(front.port);
    const secure = (text: string) => text.replace(/^http:/, 'https:');
    return {
      address: { ...rest, uri: secure(uri), options: { ...Object.fromEntries(Object.entries(options ?? {}).map(([key, value]) => [key, secure(value)])), caFile } },
      received: () => front.received,
      stop: () => front.stop(),
    };
  };
}
