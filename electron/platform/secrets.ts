import { randomUUID } from 'node:crypto';
import { safeStorage } from 'electron';
import type { AppInfo } from '../../shared/ipc/views.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import { secretKeys, secretVariables } from '../../shared/storage/config-fields.ts';
import { MAIN_SECRET, type SecretReference } from '../../shared/storage/location.ts';
import type { Database } from '../database/open-database.ts';
import type { Secrets, SecretStore } from '../locations/secret-store.ts';

/** Whether the desktop has a keychain that encrypts for this user, and if not, why. Ask after `ready`. */
export function keychainState(): AppInfo['keychain'] {
  if (!safeStorage.isEncryptionAvailable()) return { available: false, reason: 'The desktop offers no keychain (for example GNOME Keyring or KWallet), so secrets are kept for this run only.' };
  if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') return { available: false, reason: 'Only an unprotected store is there instead of a keychain, so secrets are kept for this run only.' };
  return { available: true };
}

/** Secrets encrypted by the desktop's keychain, those of a location together; without one they live in memory for this run. Clear text is never written. */
export class KeychainSecrets implements SecretStore {
  readonly #database: Database;
  readonly #session = new Map<string, Secrets>();

  constructor(database: Database) {
    this.#database = database;
  }

  async store(secrets: Secrets): Promise<SecretReference> {
    const id = randomUUID();
    const keys = Object.keys(secrets);
    if (!keychainState().available) {
      this.#session.set(id, secrets);
      return { kind: 'session', id, keys };
    }
    await this.#database.secrets.set(id, safeStorage.encryptString(JSON.stringify(secrets)));
    return { kind: 'keychain', id, keys };
  }

  async read(reference: SecretReference): Promise<Secrets> {
    switch (reference.kind) {
      case 'none':
        return {};
      case 'session':
        return this.#session.get(reference.id) ?? {};
      case 'environment':
        return readEnvironment(reference);
      case 'keychain': {
        const ciphertext = await this.#database.secrets.get(reference.id);
        return ciphertext === null ? {} : decryptSecrets(ciphertext, reference.keys !== undefined);
      }
    }
  }

  present(reference: SecretReference): readonly string[] {
    if (reference.kind === 'session') return Object.keys(this.#session.get(reference.id) ?? {});
    return reference.kind === 'environment' ? Object.keys(readEnvironment(reference)) : secretKeys(reference);
  }

  async forget(reference: SecretReference): Promise<void> {
    if (reference.kind === 'session') this.#session.delete(reference.id);
    if (reference.kind === 'keychain') await this.#database.secrets.remove(reference.id);
  }
}

function readEnvironment(reference: Extract<SecretReference, { kind: 'environment' }>): Secrets {
  return Object.fromEntries(Object.entries(secretVariables(reference)).flatMap(([key, variable]) => (process.env[variable] ? [[key, process.env[variable]]] : [])));
}

/** `several`: they were kept as a bundle; else it is the main one alone, as it was kept before there were others. */
function decryptSecrets(ciphertext: Uint8Array, several: boolean): Secrets {
  try {
    const text = safeStorage.decryptString(Buffer.from(ciphertext));
    return several ? (JSON.parse(text) as Secrets) : { [MAIN_SECRET]: text };
  } catch {
    // What was thrown may quote the text, so it is not kept as the cause.
    throw new StorageError('authentication_failed', 'The saved secrets cannot be decrypted with the keychain of this desktop: enter them again.');
  }
}
