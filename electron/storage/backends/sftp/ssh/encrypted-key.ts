import { createDecipheriv, createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import bcrypt from 'bcrypt-pbkdf';
import { sshString, sshStrings } from './openssh-key.ts';

export type OpenedKey = { readonly key: string } | { readonly problem: 'wrong passphrase' | 'unreadable' };

const MAGIC = Buffer.from('openssh-key-v1\0', 'latin1');
const ROUND = 32;
/** A damaged file must not keep this computer busy for ever. */
const MAX_ROUNDS = 10_000;

/** Ciphers of such files, by the names of OpenSSH and of the crypto library. Others are left to the SSH library. */
const CIPHERS: Readonly<Record<string, { readonly name: string; readonly key: number; readonly iv: number }>> = {
  'aes256-ctr': { name: 'aes-256-ctr', key: 32, iv: 16 },
  'aes192-ctr': { name: 'aes-192-ctr', key: 24, iv: 16 },
  'aes128-ctr': { name: 'aes-128-ctr', key: 16, iv: 16 },
  'aes256-cbc': { name: 'aes-256-cbc', key: 32, iv: 16 },
};

/**
 * Opens an encrypted key file of OpenSSH (its PROTOCOL.key). The SSH library could too, but would stop everything else for as long as it
 * takes to make a key of the passphrase, which is slow on purpose.
 * @returns the key unencrypted; null when the file is none of that kind
 */
export async function openEncryptedKey(text: string, passphrase: string): Promise<OpenedKey | null> {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  const file = Buffer.from(body ?? '', 'base64');
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  try {
    const rest = file.subarray(MAGIC.length);
    const [cipherName, kdf, options] = sshStrings(rest, 3) as [Buffer, Buffer, Buffer];
    const cipher = CIPHERS[cipherName.toString()];
    if (cipher === undefined || kdf.toString() !== 'bcrypt') return null;
    const [salt] = sshStrings(options, 1) as [Buffer];
    const rounds = options.readUInt32BE(4 + salt.length);
    const afterCount = rest.subarray(3 * 4 + cipherName.length + kdf.length + options.length + 4);
    const [blob, encrypted] = sshStrings(afterCount, 2) as [Buffer, Buffer];
    if (rounds < 1 || rounds > MAX_ROUNDS || encrypted.length < 8) return { problem: 'unreadable' };
    const secret = await bcryptPbkdf(Buffer.from(passphrase), salt, cipher.key + cipher.iv, rounds);
    const decipher = createDecipheriv(cipher.name, secret.subarray(0, cipher.key), secret.subarray(cipher.key)).setAutoPadding(false);
    const opened = Buffer.concat([decipher.update(encrypted), decipher.final()]);
    if (opened.readUInt32BE(0) !== opened.readUInt32BE(4)) return { problem: 'wrong passphrase' };
    const none = sshString(Buffer.from('none'));
    const whole = Buffer.concat([MAGIC, none, none, sshString(Buffer.alloc(0)), Buffer.from([0, 0, 0, 1]), sshString(blob), sshString(opened)]);
    return { key: `-----BEGIN OPENSSH PRIVATE KEY-----\n${whole.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n` };
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && 'code' in error)) return { problem: 'unreadable' };
    throw error;
  }
}

/** OpenBSD's bcrypt_pbkdf(3), with a pause for others after each round. */
async function bcryptPbkdf(password: Uint8Array, salt: Uint8Array, length: number, rounds: number): Promise<Buffer> {
  const sha512 = (bytes: Uint8Array): Buffer => createHash('sha512').update(bytes).digest();
  const hashed = sha512(password);
  const stride = Math.ceil(length / ROUND);
  const result = Buffer.alloc(length);
  for (let block = 0; block < stride; block++) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(block + 1);
    let input: Uint8Array = Buffer.concat([salt, number]);
    const sum = Buffer.alloc(ROUND);
    for (let round = 0; round < rounds; round++) {
      const out = Buffer.alloc(ROUND);
      bcrypt.hash(hashed, sha512(input), out);
      for (let at = 0; at < ROUND; at++) sum[at] = (sum[at] ?? 0) ^ (out[at] ?? 0);
      input = out;
      await nextTurn();
    }
    // The blocks are interleaved: each gives every stride-th byte.
    for (let at = 0; at * stride + block < length; at++) result[at * stride + block] = sum[at] ?? 0;
  }
  return result;
}
