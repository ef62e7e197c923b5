import { StorageError } from '../../../shared/storage/errors.ts';

/** A proxy on the way to a server. `https`: the way to the proxy itself is encrypted. */
export interface ProxyAddress {
  readonly kind: 'http' | 'https' | 'socks4' | 'socks5';
  readonly host: string;
  readonly port: number;
}

/** What a backend may ask about the network that it runs in; main answers from the system's settings. */
export interface Network {
  /** The system's proxy for this address, by its settings or its PAC file. @returns null for a direct connection */
  proxyFor(url: string): Promise<ProxyAddress | null>;
}

const DEFAULT_PORTS = { http: 80, https: 443, socks4: 1080, socks5: 1080 } as const;

/** Reads what a person writes for a proxy. @returns null for no proxy @throws StorageError invalid_config */
export function parseProxy(text: string): ProxyAddress | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'none') return null;
  const url = URL.canParse(trimmed) ? new URL(trimmed) : null;
  const kind = url === null ? undefined : kindOf(url.protocol.slice(0, -1));
  if (url === null || kind === undefined || url.hostname === '') {
    throw new StorageError('invalid_config', `proxy: ${JSON.stringify(trimmed.replace(/\/\/[^/]*@/, '//***@'))} is no proxy: expected "system", "none", or an address like "http://proxy.example.org:3128" or "socks5://127.0.0.1:1080".`, { context: { field: 'proxy' } });
  }
  if (url.username !== '' || url.password !== '') throw new StorageError('invalid_config', 'proxy: the address holds a user name or password, which would be saved in clear text: expected a proxy without them.', { context: { field: 'proxy' } });
  return { kind, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? DEFAULT_PORTS[kind] : Number(url.port) };
}

/**
 * The first usable entry of what a PAC file answers, e.g. `PROXY proxy.example.org:8080; DIRECT`
 * (https://developer.mozilla.org/docs/Web/HTTP/Proxy_servers_and_tunneling/Proxy_Auto-Configuration_PAC_file).
 */
export function parsePacAnswer(answer: string): ProxyAddress | null {
  for (const entry of answer.split(';')) {
    const [word = '', place = ''] = entry.trim().split(/\s+/);
    if (word.toUpperCase() === 'DIRECT') return null;
    const kind = PAC_WORDS[word.toUpperCase()];
    const url = /^[^\s/@]+$/.test(place) && URL.canParse(`http://${place}`) ? new URL(`http://${place}`) : null;
    if (kind !== undefined && url !== null && !place.endsWith(':')) return { kind, host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? DEFAULT_PORTS[kind] : Number(url.port) };
  }
  return null;
}

/** A bare SOCKS means version 4, as in Chromium, which there were no other words for at first. */
const PAC_WORDS: Readonly<Record<string, ProxyAddress['kind']>> = { PROXY: 'http', HTTP: 'http', HTTPS: 'https', SOCKS: 'socks4', SOCKS5: 'socks5', SOCKS4: 'socks4' };

function kindOf(scheme: string): ProxyAddress['kind'] | undefined {
  if (scheme === 'socks') return 'socks5';
  return scheme === 'http' || scheme === 'https' || scheme === 'socks4' || scheme === 'socks5' ? scheme : undefined;
}
