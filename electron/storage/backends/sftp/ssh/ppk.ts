import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { argon2d, argon2i, argon2id } from 'hash-wasm';
import { sshString, sshStrings, toOpenSshKey } from './openssh-key.ts';

/** What a PuTTY key file says (PuTTY's manual, appendix C), versions 2 and 3. */
interface Ppk {
  readonly version: 2 | 3;
  readonly type: string;
  readonly encryption: 'none' | 'aes256-cbc';
  readonly comment: string;
  readonly header: ReadonlyMap<string, string>;
  readonly publicBlob: Buffer;
  readonly privateBlob: Buffer;
  readonly mac: Buffer;
}

/** `unreadable`: it is damaged, or of a kind that is not known. */
export type PpkOutcome = { readonly key: string } | { readonly problem: 'needs passphrase' | 'wrong passphrase' | 'unreadable' };

const ARGON2 = { Argon2id: argon2id, Argon2i: argon2i, Argon2d: argon2d } as const;
/** More than any sensible file asks for: a damaged one must not take all memory, in KiB. */
const MAX_MEMORY = 1024 * 1024;
const MAX_PASSES = 10_000;
const [KEY, IV, MAC] = [32, 16, 32];

export function isPpk(text: string): boolean {
  return text.startsWith('PuTTY-User-Key-File-');
}

/** Opens a PuTTY key file. @returns the key in OpenSSH's form, unencrypted */
export async function openPpk(text: string, passphrase: string | null): Promise<PpkOutcome> {
  try {
    const ppk = parse(text);
    if (ppk === null) return { problem: 'unreadable' };
    const encrypted = ppk.encryption !== 'none';
    if (encrypted && passphrase === null) return { problem: 'needs passphrase' };
    const secrets = ppk.version === 2 ? secretsOfVersion2(encrypted ? (passphrase ?? '') : '') : await secretsOfVersion3(ppk, passphrase ?? '');
    const decrypted = encrypted ? decrypt(ppk.privateBlob, secrets) : ppk.privateBlob;
    const covered = Buffer.concat([ppk.type, ppk.encryption, ppk.comment].map((part) => sshString(Buffer.from(part, 'latin1'))).concat(sshString(ppk.publicBlob), sshString(decrypted)));
    const mac = createHmac(ppk.version === 2 ? 'sha1' : 'sha256', secrets.mac).update(covered).digest();
    if (mac.length !== ppk.mac.length || !timingSafeEqual(mac, ppk.mac)) return { problem: encrypted ? 'wrong passphrase' : 'unreadable' };
    const fields = openSshFields(ppk.type, ppk.publicBlob, decrypted);
    return fields === null ? { problem: 'unreadable' } : { key: toOpenSshKey({ type: ppk.type, blob: ppk.publicBlob, fields }) };
  } catch (error) {
    if (error instanceof RangeError) return { problem: 'unreadable' };
    throw error;
  }
}

function parse(text: string): Ppk | null {
  const lines = text.split(/\r\n|\r|\n/);
  const header = new Map<string, string>();
  const blobs = new Map<string, Buffer>();
  for (let at = 0; at < lines.length; at++) {
    const [, name = '', value = ''] = /^([A-Za-z0-9-]+): (.*)$/.exec(lines[at] ?? '') ?? [];
    if (name.endsWith('-Lines')) {
      const count = Number(value);
      if (!Number.isInteger(count) || count < 0 || count > lines.length) return null;
      blobs.set(name, Buffer.from(lines.slice(at + 1, at + 1 + count).join(''), 'base64'));
      at += count;
    } else header.set(name, value);
  }
  const version = header.has('PuTTY-User-Key-File-3') ? 3 : header.has('PuTTY-User-Key-File-2') ? 2 : null;
  const encryption = header.get('Encryption');
  const [publicBlob, privateBlob, mac] = [blobs.get('Public-Lines'), blobs.get('Private-Lines'), header.get('Private-MAC')];
  if (version === null || (encryption !== 'none' && encryption !== 'aes256-cbc') || publicBlob === undefined || privateBlob === undefined || mac === undefined) return null;
  return { version, type: header.get(`PuTTY-User-Key-File-${version}`) ?? '', encryption, comment: header.get('Comment') ?? '', header, publicBlob, privateBlob, mac: Buffer.from(mac, 'hex') };
}

interface Secrets {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly mac: Uint8Array;
}

function secretsOfVersion2(passphrase: string): Secrets {
  const half = (turn: number) => createHash('sha1').update(Buffer.from([0, 0, 0, turn])).update(passphrase).digest();
  return { key: Buffer.concat([half(0), half(1)]).subarray(0, KEY), iv: Buffer.alloc(IV), mac: createHash('sha1').update('putty-private-key-file-mac-key').update(passphrase).digest() };
}

async function secretsOfVersion3({ encryption, header }: Ppk, passphrase: string): Promise<Secrets> {
  if (encryption === 'none') return { key: new Uint8Array(), iv: new Uint8Array(), mac: new Uint8Array() };
  const flavour = header.get('Key-Derivation') ?? '';
  const [memorySize, iterations, parallelism] = ['Memory', 'Passes', 'Parallelism'].map((name) => Number(header.get(`Argon2-${name}`)));
  const salt = Buffer.from(header.get('Argon2-Salt') ?? '', 'hex');
  const wanted = memorySize !== undefined && memorySize >= 1 && memorySize <= MAX_MEMORY && iterations !== undefined && iterations >= 1 && iterations <= MAX_PASSES && parallelism !== undefined && parallelism >= 1 && salt.length >= 8;
  if (!wanted || !isFlavour(flavour)) throw new RangeError('no known way from the passphrase to the key');
  const bytes = await ARGON2[flavour]({ password: passphrase, salt, memorySize, iterations, parallelism, hashLength: KEY + IV + MAC, outputType: 'binary' });
  return { key: bytes.subarray(0, KEY), iv: bytes.subarray(KEY, KEY + IV), mac: bytes.subarray(KEY + IV) };
}

function isFlavour(name: string): name is keyof typeof ARGON2 {
  return Object.hasOwn(ARGON2, name);
}

function decrypt(blob: Buffer, { key, iv }: Secrets): Buffer {
  if (blob.length === 0 || blob.length % IV !== 0) throw new RangeError('not a whole number of blocks');
  const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(blob), decipher.final()]);
}

/** The same numbers in the order of OpenSSH. @returns null for a kind of key that is not known */
function openSshFields(type: string, publicBlob: Buffer, privateBlob: Buffer): readonly Uint8Array[] | null {
  switch (type) {
    case 'ssh-rsa': {
      const [, exponent, modulus] = sshStrings(publicBlob, 3) as [Buffer, Buffer, Buffer];
      const [secret, p, q, inverse] = sshStrings(privateBlob, 4) as [Buffer, Buffer, Buffer, Buffer];
      return [modulus, exponent, secret, inverse, p, q];
    }
    case 'ssh-dss':
      return [...sshStrings(publicBlob, 5).slice(1), ...sshStrings(privateBlob, 1)];
    case 'ssh-ed25519': {
      const [, point] = sshStrings(publicBlob, 2) as [Buffer, Buffer];
      // A number with its least byte first: zeros at its end are left out in the file.
      const seed = Buffer.alloc(32);
      (sshStrings(privateBlob, 1)[0] ?? seed).copy(seed);
      return [point, Buffer.concat([seed, point])];
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      return [...sshStrings(publicBlob, 3).slice(1), ...sshStrings(privateBlob, 1)];
    default:
      return null;
  }
}
