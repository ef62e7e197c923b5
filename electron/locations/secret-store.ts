import type { SecretReference } from '../../shared/storage/location.ts';

/** All secrets of one location: the main one under `MAIN_SECRET`, the others under the keys of their fields. None is empty. */
export type Secrets = Readonly<Record<string, string>>;

/** Where secrets of locations live. Only references to them are written into the database in clear text. */
export interface SecretStore {
  /** Keeps the secrets of a location together: in the keychain, or for this run when there is none. */
  store(secrets: Secrets): Promise<SecretReference>;
  /** @returns those that are there (still) */
  read(reference: SecretReference): Promise<Secrets>;
  /** Keys of those that {@link read} would answer, without looking at them. */
  present(reference: SecretReference): readonly string[];
  forget(reference: SecretReference): Promise<void>;
}
