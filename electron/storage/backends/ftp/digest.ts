import { type Checksum, HASH_HEX_LENGTHS, type HashName, formatChecksum } from '../../../../shared/storage/checksum.ts';
import type { FtpConnection } from './connection.ts';
import { type Reply, isPositive, lastLine } from './reply.ts';
import type { Features } from './sign-in.ts';

/** A command by which a server tells a digest that it computes. */
export interface DigestCommand {
  readonly algorithm: HashName;
  /** as in FEAT */
  readonly feature: string;
  /** of HASH: the name of the algorithm there (draft-bryan-ftpext-hash-02, IANA's names of hash functions) */
  readonly hash: string | null;
}

const HASH_NAMES_THERE: Readonly<Record<string, HashName>> = { 'SHA-256': 'sha256', 'SHA-512': 'sha512', 'SHA-1': 'sha1', MD5: 'md5', CRC32: 'crc32', CRC32C: 'crc32c' };
/** Older commands, none of which was ever written down in an RFC; MD5 is of draft-twine-ftpmd5-00. */
const OLDER: Readonly<Record<string, HashName>> = { XSHA256: 'sha256', XSHA512: 'sha512', XSHA1: 'sha1', XSHA: 'sha1', XMD5: 'md5', MD5: 'md5', XCRC: 'crc32' };
const PREFERENCE: readonly HashName[] = ['sha256', 'sha512', 'sha1', 'md5', 'crc32c', 'crc32'];

/** So many bytes a millisecond are hashed at the slowest. */
const SLOWEST = 10_000;

/** What a server says that it offers, best first: HASH before the others, as its argument is nothing but the name. */
export function digestCommands({ commands }: Features): readonly DigestCommand[] {
  const offered: DigestCommand[] = [];
  for (const text of (commands.get('HASH') ?? '').split(';')) {
    const hash = text.replace('*', '').trim().toUpperCase();
    const algorithm = HASH_NAMES_THERE[hash];
    if (algorithm !== undefined) offered.push({ algorithm, feature: 'HASH', hash });
  }
  for (const [feature, algorithm] of Object.entries(OLDER)) if (commands.has(feature)) offered.push({ algorithm, feature, hash: null });
  return PREFERENCE.flatMap((algorithm) => offered.filter((each) => each.algorithm === algorithm));
}

export interface DigestOptions {
  /** bytes to hash, so that the server gets the time for it */
  readonly size: number;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the server for the digest of a whole stored file. @returns the reply instead when it is none */
export async function askDigest(connection: FtpConnection, { algorithm, feature, hash }: DigestCommand, path: string, { size, signal }: DigestOptions): Promise<Checksum | Reply> {
  const patience = connection.settings.silence + size / SLOWEST;
  if (hash !== null && connection.hashAlgorithm !== hash) {
    const chosen = await connection.ask(`OPTS HASH ${hash}`, { signal });
    if (!isPositive(chosen)) return chosen;
    connection.hashAlgorithm = hash;
  }
  const argument = hash === null ? quotedIfNeeded(path) : path;
  if (argument === null) return { code: 504, message: '504 a name with both a space and a quotation mark cannot be asked for' };
  const reply = await connection.ask(`${feature} ${argument}`, { signal, patience });
  return (isPositive(reply) ? readDigest(reply, algorithm, path) : null) ?? reply;
}

/** The older commands take a range after the name, so a name with spaces is put in quotation marks, as their servers do it. */
function quotedIfNeeded(path: string): string | null {
  if (!path.includes(' ')) return path;
  return path.includes('"') ? null : `"${path}"`;
}

/**
 * The digest in a reply, by its length: some servers say the range and the name too, before it or behind it, and some neither.
 * @returns null when there is none, or more than one that differ
 */
export function readDigest(reply: Reply, algorithm: HashName, path: string): Checksum | null {
  const text = lastLine(reply);
  const length = HASH_HEX_LENGTHS[algorithm];
  // A name may be made of digits too, so it is taken out first; one that is the very digest is not.
  for (const candidate of [withoutName(text, path), text]) {
    const found = new Set((candidate.match(/(?<![0-9a-z-])[0-9a-f]+(?![0-9a-z-])/gi) ?? []).map((digits) => digits.toLowerCase()).filter((digits) => digits.length === length));
    const [digits] = found;
    if (digits !== undefined) return found.size === 1 ? formatChecksum(algorithm, digits) : null;
  }
  // Some leave out the zeros that a CRC begins with.
  const short = /^[0-9a-f]{1,8}$/i.exec(text.trim())?.[0];
  return algorithm.startsWith('crc32') && short !== undefined ? formatChecksum(algorithm, short.padStart(length, '0')) : null;
}

function withoutName(text: string, path: string): string {
  for (const name of [`"${path}"`, path, path.slice(path.lastIndexOf('/') + 1)]) {
    const at = text.lastIndexOf(name);
    const after = at + name.length;
    if (at >= 0 && (at === 0 || text[at - 1] === ' ') && (after === text.length || text[after] === ' ')) return `${text.slice(0, at)} ${text.slice(after)}`;
  }
  return text;
}
