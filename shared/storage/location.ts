import type { ProofPolicy } from './evidence.ts';

/** One field of a backend's form; plain data, so the window and the command line make the same form and the same check of it. */
export interface ConfigField {
  /** key in `options`; `uri` and `secret` have fields of their own */
  readonly key: string;
  readonly label: string;
  /** `secret`: a further one beside the backend's main secret; it is kept with that one and never among the options */
  readonly kind: 'text' | 'number' | 'boolean' | 'choice' | 'path' | 'secret';
  readonly required: boolean;
  readonly help: string;
  readonly placeholder?: string;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  readonly default?: string | number | boolean;
  /** most people never need it: shown folded away */
  readonly advanced?: boolean;
  /** shown only while another field has one of these values */
  readonly showIf?: { readonly key: string; readonly is: readonly (string | number | boolean)[] };
  /**
   * Says where the secrets go: an endpoint, a jump host, a proxy. When it changes, saved secrets are not lent to the new place. Default:
   * true for `text`, false for the other kinds; a text that has nothing to do with it (a user name, a fingerprint) says false.
   */
  readonly namesServer?: boolean;
}

/** A way to fill in the form that was found on this computer, e.g. a host of `~/.ssh/config`. */
export interface LocationSuggestion {
  readonly label: string;
  readonly uri: string;
  readonly options: LocationOptions;
}

/** What a person sees and fills in of a backend. */
export interface BackendForm {
  /** lower-case letters, digits and dashes */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly uriLabel: string;
  readonly uriPlaceholder: string;
  /** the root is a folder of this computer: the form says so */
  readonly uriIsFolder: boolean;
  /** label of the secret; null when the backend needs none */
  readonly secretLabel: string | null;
  readonly fields: readonly ConfigField[];
}

export type LocationOptions = Readonly<Record<string, string | number | boolean>>;

/** The main secret's key among all secrets of a location; the others have the keys of their fields. */
export const MAIN_SECRET = 'secret';

/**
 * Where the secrets of a location lie; never a secret. `keys` says which there are. `session`: only in this run of the app, because
 * there is no keychain. Without `keys`, and with `variable`, it is the main secret alone, as it was kept before there could be others.
 */
export type SecretReference =
  | { readonly kind: 'none' }
  | { readonly kind: 'keychain' | 'session'; readonly id: string; readonly keys?: readonly string[] }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'environment'; readonly variables: Readonly<Record<string, string>> };

/** The largest file a location takes, with the reason a person gave for it. */
export interface SizeLimit {
  readonly bytes: number;
  readonly reason?: string;
}

/** A configured storage system. */
export interface LocationConfig {
  readonly id: string;
  readonly name: string;
  readonly backend: string;
  /** root: a folder for `local`, an address for servers */
  readonly uri: string;
  readonly options: LocationOptions;
  readonly secret: SecretReference;
  readonly proof: ProofPolicy;
  readonly sizeLimit: SizeLimit | null;
}

/** What a probe found, in words for people: each line is one thing that was tried. */
export interface ProbeReport {
  readonly ok: boolean;
  readonly lines: readonly { readonly ok: boolean; readonly text: string }[];
}
