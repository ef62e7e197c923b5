import { session } from 'electron';
import { type Network, type ProxyAddress, parsePacAnswer } from '../storage/network/proxy.ts';

/** The network by the system's settings, its PAC file and the usual environment variables, as Chromium reads them; asked anew for each connection. Works after `ready`, with a window or without. */
export function systemNetwork(): Network {
  const ask = async (url: string): Promise<ProxyAddress | null> => parsePacAnswer(await session.defaultSession.resolveProxy(url));
  return {
    // While the interpreter of a PAC file starts, Chromium answers DIRECT once, however the file decides; what is asked next waits for it.
    proxyFor: async (url) => (await ask(url)) ?? ask(url),
  };
}
