import { randomUUID } from 'node:crypto';
import { safeStorage } from 'electron';
import type { AppInfo } from '../../shared/ipc/views.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { SecretReference } from '../../shared/storage/location.ts';
import type { Database } from '../database/open-database.ts';
import type { SecretStore } from '../locations/secret-store.ts';

/** Whether the desktop has a keychain that encrypts for this user, and if not, why. Ask after `ready`. */
export function keychainState(): AppInfo['keychain'] {
  if (!safeStorage.isEncryptionAvailable()) return { available: false, reason: 'The desktop offers no keychain (for example GNOME Keyring or KWallet), so secrets are kept for this run only.' };
  if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') return { available: false, reason: 'Only an unprotected store is there instead of a keychain, so secrets are kept for this run only.' };
  return { available: true };
}

/** Secrets encrypted by the desktop's keychain; without one they live in memory for this run. Clear text is never written. */
export class KeychainSecrets implements SecretStore {
  readonly #database: Database;
  readonly #session = new Map<string, string>();

  constructor(database: Database) {
    this.#database = database;
  }

  async store(secret: string): Promise<SecretReference> {
    const id = randomUUID();
    if (!keychainState().available) {
      this.#session.set(id, secret);
      return { kind: 'session', id };
    }
    await this.#database.secrets.set(id, safeStorage.encryptString(secret));
    return { kind: 'keychain', id };
  }

  async read(reference: SecretReference): Promise<string | null> {
    switch (reference.kind) {
      case 'none':
        return null;
      case 'session':
        return this.#session.get(reference.id) ?? null;
      case 'environment':
        return process.env[reference.variable] ?? null;
      case 'keychain': {
        const ciphertext = await this.#database.secrets.get(reference.id);
        if (ciphertext === null) return null;
        try {
          return safeStorage.decryptString(Buffer.from(ciphertext));
        } catch (error) {
          throw new StorageError('authentication_failed', 'The saved secret cannot be decrypted with the keychain of this desktop: enter it again.', { cause: error });
        }
      }
    }
  }

  async forget(reference: SecretReference): Promise<void> {
    if (reference.kind === 'session') this.#session.delete(reference.id);
    if (reference.kind === 'keychain') await this.#database.secrets.remove(reference.id);
  }
}
