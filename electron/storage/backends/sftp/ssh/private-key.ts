import { readFile, stat } from 'node:fs/promises';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { StorageError } from '../../../../../shared/storage/errors.ts';
import { openEncryptedKey } from './encrypted-key.ts';
import { isPpk, openPpk } from './ppk.ts';

/** No key is longer, in bytes. */
const MAX_KEY_FILE = 256 * 1024;

export type KeyOutcome = { readonly key: ParsedKey } | { readonly problem: 'missing' | 'needs passphrase' | 'wrong passphrase' | 'unreadable'; readonly why?: string };

/** Reads a private key file: OpenSSH's form, PEM, or PuTTY's (PPK 2 and 3). Never throws for what lies there. */
export async function readKey(path: string, passphrase: string | null): Promise<KeyOutcome> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_KEY_FILE) return { problem: 'unreadable', why: `it has ${size} bytes` };
    text = await readFile(path, 'latin1');
  } catch (error) {
    return { problem: 'missing', why: error instanceof Error ? error.message : String(error) };
  }
  const opened = isPpk(text) ? await openPpk(text, passphrase) : passphrase === null ? null : await openEncryptedKey(text, passphrase);
  if (opened === null) return parsed(text, passphrase);
  return 'key' in opened ? parsed(opened.key, null) : opened;
}

/** As {@link readKey}, for a key that the user named. @throws StorageError invalid_config, authentication_failed (its passphrase) */
export async function requireKey(path: string, passphrase: string | null): Promise<ParsedKey> {
  const outcome = await readKey(path, passphrase);
  if ('key' in outcome) return outcome.key;
  const context = { field: 'keyFile', path };
  const shown = JSON.stringify(path);
  switch (outcome.problem) {
    case 'missing':
      throw new StorageError('invalid_config', `The key file ${shown} cannot be read: ${outcome.why ?? 'unknown reason'}.`, { context });
    case 'needs passphrase':
      throw new StorageError('authentication_failed', `The key ${shown} is encrypted: enter its passphrase.`, { context });
    case 'wrong passphrase':
      throw new StorageError('authentication_failed', `The passphrase does not open the key ${shown}.`, { context });
    case 'unreadable':
      throw new StorageError('invalid_config', `The file ${shown} holds no private key that can be used${outcome.why === undefined ? '' : ` (${outcome.why})`}: expected one as ssh-keygen or PuTTYgen make them.`, { context });
  }
}

function parsed(text: string, passphrase: string | null): KeyOutcome {
  const result = passphrase === null ? ssh2.utils.parseKey(text) : ssh2.utils.parseKey(text, passphrase);
  if (!(result instanceof Error)) {
    // The type says one key; for some files the library gives a list of one.
    const key = [result].flat()[0];
    return key?.isPrivateKey() === true ? { key } : { problem: 'unreadable', why: 'it is a public key' };
  }
  if (isEncrypted(text)) return { problem: passphrase === null ? 'needs passphrase' : 'wrong passphrase' };
  return { problem: 'unreadable', why: result.message };
}

/** The library tells a wrong passphrase from a damaged key by words alone, so the file is looked at instead. */
function isEncrypted(text: string): boolean {
  if (/^Proc-Type: 4,ENCRYPTED\r?$/m.test(text) || text.includes('BEGIN ENCRYPTED PRIVATE KEY')) return true;
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  if (body === undefined) return false;
  const bytes = Buffer.from(body, 'base64');
  const start = 'openssh-key-v1\0'.length;
  return bytes.length > start + 4 && bytes.toString('latin1', start + 4, start + 4 + bytes.readUInt32BE(start)) !== 'none';
}
