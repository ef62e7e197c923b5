import { StorageError } from '../../../../../shared/storage/errors.ts';
import type { TrustOffer } from '../../../../../shared/storage/trust-offer.ts';
import { DEFAULT_PORT, type Endpoint, placeOf } from './endpoint.ts';
import { fingerprint, keyType, parseFingerprint } from './key-blob.ts';
import type { KnownHost } from './known-hosts.ts';

/** A fingerprint that the user trusts; `place` names a jump host, null is the server itself. */
interface Pin {
  readonly place: string | null;
  readonly fingerprint: string;
}

/** Names that a server may give to the algorithms of one kind of key, best first (RFC 8332 for RSA). */
const ALGORITHMS: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/** Which host keys a location believes: its own pins first, then what known_hosts files say. */
export class HostKeys {
  readonly #pins: readonly Pin[];
  readonly #text: string;
  readonly #known: readonly KnownHost[];

  /** `pins`: the option `hostKey`. @throws StorageError invalid_config */
  constructor(pins: string, known: readonly KnownHost[]) {
    this.#pins = parsePins(pins);
    this.#text = pins.trim();
    this.#known = known;
  }

  /** Algorithms to ask for first, so that a server with several keys shows the one that is known already. */
  preferred(endpoint: Endpoint): readonly string[] {
    const types = this.#known.filter((known) => known.marker === 'trusted' && known.matches(endpoint.host, endpoint.port)).map(({ type }) => type);
    return [...new Set(types)].flatMap((type) => ALGORITHMS[type] ?? []);
  }

  /** Algorithms of the same kind of key. */
  static alike(blob: Buffer): readonly string[] {
    return ALGORITHMS[keyType(blob) ?? ''] ?? [];
  }

  /** @returns null when the key is trusted, else why not; it carries a {@link TrustOffer} */
  verdict(endpoint: Endpoint, blob: Buffer, isJump: boolean): StorageError | null {
    const place = placeOf(endpoint);
    const shown = fingerprint(blob);
    const refuse = (message: string, trust: TrustOffer['trust']) => this.#untrusted(endpoint, blob, isJump, message, trust);
    const matching = this.#known.filter((known) => known.matches(endpoint.host, endpoint.port));
    const revoked = matching.find((known) => known.marker === 'revoked' && known.blob.equals(blob));
    if (revoked !== undefined) return refuse(`The key of ${place} is marked as revoked in ${revoked.source}: whoever holds it must not be trusted`, 'changed');

    const pins = this.#pinsOf(endpoint, isJump);
    if (pins.length > 0) {
      if (pins.some((pin) => pin.fingerprint === shown)) return null;
      return refuse(`The host key of ${place} is another one than the one that was trusted before (${pins.map((pin) => pin.fingerprint).join(', ')}). Somebody may stand between you and the server, or it was set up anew: ask its owner`, 'changed');
    }
    const trusted = matching.filter((known) => known.marker === 'trusted');
    if (trusted.some((known) => known.blob.equals(blob))) return null;
    const [first] = trusted;
    // As ssh does: a line without a port is believed for other ports too, but says nothing against another key there.
    if (first === undefined && this.#known.some((known) => known.marker === 'trusted' && known.blob.equals(blob) && known.matches(endpoint.host, DEFAULT_PORT))) return null;
    if (first === undefined) return refuse(`The host key of ${place} is not known yet`, 'unknown');
    return refuse(`The host key of ${place} is another one than ${first.source} says (${fingerprint(first.blob)}). Somebody may stand between you and the server, or it was set up anew: ask its owner`, 'changed');
  }

  /** Only certain keys are let in, whatever files say. */
  isPinned(endpoint: Endpoint, isJump: boolean): boolean {
    return this.#pinsOf(endpoint, isJump).length > 0;
  }

  #pinsOf(endpoint: Endpoint, isJump: boolean): readonly Pin[] {
    return this.#pins.filter((pin) => pin.place === (isJump ? placeOf(endpoint) : null));
  }

  #untrusted(endpoint: Endpoint, blob: Buffer, isJump: boolean, message: string, trust: TrustOffer['trust']): StorageError {
    const shown = fingerprint(blob);
    const place = placeOf(endpoint);
    const entry = isJump ? `${place} ${shown}` : shown;
    const offer: TrustOffer = {
      trust,
      trustOption: 'hostKey',
      trustValue: trust === 'unknown' && this.#text !== '' ? `${this.#text}, ${entry}` : entry,
      trustDetails: [`${isJump ? 'Jump host' : 'Server'}: ${place}`, `Kind of key: ${keyType(blob) ?? 'unknown'}`, `Fingerprint: ${shown}`].join('\n'),
    };
    return new StorageError('untrusted_server', `${message}. Its fingerprint is ${shown}.`, { context: { host: endpoint.host, port: endpoint.port, ...offer } });
  }
}

function parsePins(text: string): readonly Pin[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const words = entry.split(/\s+/);
      const found = parseFingerprint(words.pop() ?? '');
      if (found === null || words.length > 1) throw new StorageError('invalid_config', `hostKey: ${JSON.stringify(entry)} is no fingerprint of a host key: expected "SHA256:" and 43 characters, as ssh-keygen -l shows it.`, { context: { field: 'hostKey' } });
      return { place: words[0] ?? null, fingerprint: found };
    });
}
