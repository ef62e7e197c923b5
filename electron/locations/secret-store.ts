import type { SecretReference } from '../../shared/storage/location.ts';

/** Where secrets of locations live. Only references to them are written into the database in clear text. */
export interface SecretStore {
  /** Keeps a secret: in the keychain, or for this run when there is none. */
  store(secret: string): Promise<SecretReference>;
  /** @returns null when there is none (any more) */
  read(reference: SecretReference): Promise<string | null>;
  forget(reference: SecretReference): Promise<void>;
}
