import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DEFAULT_PORT } from './endpoint.ts';
import { keyType } from './key-blob.ts';

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'trusted' | 'revoked';
  readonly type: string;
  readonly blob: Buffer;
  /** where it is written, for messages */
  readonly source: string;
  matches(host: string, port: number): boolean;
}

/** A file that is absent or cannot be read knows nobody. Lines that make no sense, and those for certificate authorities, are skipped. */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.flatMap((text, at) => parseKnownHosts(text, files[at] ?? ''));
}

export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  return text.split(/\r?\n/).flatMap((line, at) => parseLine(line, `${file}, line ${at + 1}`) ?? []);
}

function parseLine(line: string, source: string): KnownHost | null {
  const words = line.trim().split(/[ \t]+/);
  const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
  const [hosts = '', type = '', digits = ''] = words;
  if (hosts === '' || hosts.startsWith('#') || (marker !== undefined && marker !== '@revoked') || !/^[A-Za-z0-9+/]+={0,2}$/.test(digits)) return null;
  const blob = Buffer.from(digits, 'base64');
  if (keyType(blob) !== type) return null;
  return { marker: marker === undefined ? 'trusted' : 'revoked', type, blob, source, matches: hosts.startsWith('|') ? hashedMatcher(hosts) : patternMatcher(hosts) };
}

/** A port of its own is part of the name; without one the name is for port 22 only. */
function nameOf(host: string, port: number): string {
  return port === DEFAULT_PORT ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** `|1|salt|hash`: HMAC-SHA1 of the name. */
function hashedMatcher(text: string): KnownHost['matches'] {
  const [, version, salt = '', hash = ''] = text.split('|');
  if (version !== '1') return () => false;
  const [key, wanted] = [Buffer.from(salt, 'base64'), Buffer.from(hash, 'base64')];
  return (host, port) => createHmac('sha1', key).update(nameOf(host, port)).digest().equals(wanted);
}

/** Names by comma, with `*` and `?`; one after `!` must not match. */
function patternMatcher(text: string): KnownHost['matches'] {
  const patterns = text.toLowerCase().split(',');
  return (host, port) => {
    const name = nameOf(host, port);
    if (patterns.some((pattern) => pattern.startsWith('!') && isLike(name, pattern.slice(1)))) return false;
    return patterns.some((pattern) => !pattern.startsWith('!') && isLike(name, pattern));
  };
}

/** Without a regular expression: a line of many stars must not take for ever. */
function isLike(name: string, pattern: string): boolean {
  let [at, of, star, from] = [0, 0, -1, 0];
  while (at < name.length) {
    if (of < pattern.length && (pattern[of] === '?' || (pattern[of] === name[at] && pattern[of] !== '*'))) {
      at += 1;
      of += 1;
    } else if (pattern[of] === '*') {
      star = of;
      from = at;
      of += 1;
    } else if (star >= 0) {
      of = star + 1;
      from += 1;
      at = from;
    } else return false;
  }
  while (pattern[of] === '*') of += 1;
  return of === pattern.length;
}
