import type { RouteInput } from '../../../shared/ipc/contract.ts';
import type { BackendView, LocationView } from '../../../shared/ipc/views.ts';
import { isFieldShown } from '../../../shared/storage/config-fields.ts';
import type { ProofPolicy } from '../../../shared/storage/evidence.ts';
import { DEFAULT_PROOF_POLICY } from '../../../shared/storage/evidence.ts';
import { type ConfigField, type LocationSuggestion, MAIN_SECRET } from '../../../shared/storage/location.ts';
import { strings } from '../../strings.ts';

/** What main takes to add, test or change a location. */
export type LocationDraft = RouteInput<'locations.add'>;

/** The form as it is typed: text everywhere, so that half a number is no error while it is being written. */
export interface LocationForm {
  readonly backend: string;
  readonly name: string;
  readonly uri: string;
  readonly options: Readonly<Record<string, string | boolean>>;
  /** typed ones by key; the main one under MAIN_SECRET */
  readonly secrets: Readonly<Record<string, string>>;
  /** keys of stored ones that are to be forgotten */
  readonly forgotten: readonly string[];
  readonly minimum: ProofPolicy['minimum'];
  readonly readBack: 'always' | 'never' | 'up to';
  readonly readBackMiB: string;
  readonly limitMiB: string;
  readonly limitReason: string;
}

/** Something that must be corrected. `field`: key of an option, or `name`, `uri`, MAIN_SECRET, `sizeLimit`, `readBack`. */
export interface Problem {
  readonly field: string;
  readonly text: string;
}

const MIB = 1024 * 1024;

export function emptyForm(backend: BackendView): LocationForm {
  return fill(backend, { name: '', uri: '', options: {}, proof: DEFAULT_PROOF_POLICY, sizeLimit: null });
}

export function formOf(location: LocationView, backend: BackendView): LocationForm {
  return fill(backend, location);
}

/** Keeps what is common when another backend is chosen. */
export function changeBackend(form: LocationForm, backend: BackendView): LocationForm {
  return { ...emptyForm(backend), name: form.name, minimum: form.minimum, readBack: form.readBack, readBackMiB: form.readBackMiB, limitMiB: form.limitMiB, limitReason: form.limitReason };
}

/** Takes what was found on this computer; what it says nothing of stays, and so does a name that was typed. */
export function acceptSuggestion(form: LocationForm, { fields }: BackendView, { label, uri, options }: LocationSuggestion): LocationForm {
  const found = fields.flatMap((field) => (options[field.key] === undefined ? [] : [[field.key, typed(field, options[field.key])] as const]));
  return { ...form, name: form.name.trim() === '' ? label : form.name, uri, options: { ...form.options, ...Object.fromEntries(found) } };
}

function fill(backend: BackendView, from: Pick<LocationView, 'name' | 'uri' | 'options' | 'proof' | 'sizeLimit'>): LocationForm {
  const { readBack } = from.proof;
  return {
    backend: backend.name,
    name: from.name,
    uri: from.uri,
    options: Object.fromEntries(backend.fields.filter(({ kind }) => kind !== 'secret').map((field) => [field.key, typed(field, from.options[field.key] ?? field.default)])),
    secrets: {},
    forgotten: [],
    minimum: from.proof.minimum,
    readBack: typeof readBack === 'string' ? readBack : 'up to',
    readBackMiB: typeof readBack === 'string' ? '1024' : mib(readBack.upTo),
    limitMiB: from.sizeLimit === null ? '' : mib(from.sizeLimit.bytes),
    limitReason: from.sizeLimit?.reason ?? '',
  };
}

function typed(field: ConfigField, value: string | number | boolean | undefined): string | boolean {
  if (field.kind === 'boolean') return value === true;
  return value === undefined ? '' : String(value);
}

/** The fields that have a say with what is filled in now. */
export function shownFields({ fields }: BackendView, { options }: LocationForm): readonly ConfigField[] {
  return fields.filter((field) => isFieldShown(field, fields, options));
}

/**
 * @param stored keys of the secrets that are kept already
 * @returns the draft, or a sentence for each field that must be corrected first. What only the backend knows is checked by main.
 */
export function readForm(form: LocationForm, backend: BackendView, stored: readonly string[] = []): { readonly draft: LocationDraft; readonly problems: null } | { readonly draft: null; readonly problems: readonly Problem[] } {
  const words = strings.location.errors;
  const problems: Problem[] = [];
  const wrong = (field: string, text: string) => problems.push({ field, text });
  if (form.name.trim() === '') wrong('name', words.name);
  if (form.uri.trim() === '') wrong('uri', words.uri(backend.uriLabel));
  const shown = shownFields(backend, form);
  const options = readOptions(form, shown, wrong);
  const secrets = readSecrets(form, shown);
  for (const { key, kind, required, label } of shown) {
    if (kind === 'secret' && required && (form.forgotten.includes(key) || ((form.secrets[key] ?? '') === '' && !stored.includes(key)))) wrong(key, words.field(label));
  }
  const limit = form.limitMiB.trim() === '' ? null : bytesOf(form.limitMiB);
  if (Number.isNaN(limit)) wrong('sizeLimit', words.limit);
  const upTo = form.readBack === 'up to' ? bytesOf(form.readBackMiB) : 0;
  if (Number.isNaN(upTo)) wrong('readBack', words.readBack);
  if (problems.length > 0) return { draft: null, problems };
  const reason = form.limitReason.trim();
  const { [MAIN_SECRET]: secret, ...further } = secrets;
  return {
    problems: null,
    draft: {
      name: form.name.trim(),
      backend: form.backend,
      uri: form.uri.trim(),
      options,
      ...(secret === undefined ? {} : { secret }),
      ...(Object.keys(further).length === 0 ? {} : { secrets: further }),
      proof: { minimum: form.minimum, readBack: form.readBack === 'up to' ? { upTo } : form.readBack },
      sizeLimit: limit === null ? null : { bytes: limit, ...(reason === '' ? {} : { reason }) },
    },
  };
}

function readOptions(form: LocationForm, shown: readonly ConfigField[], wrong: (field: string, text: string) => void): LocationDraft['options'] {
  const words = strings.location.errors;
  const options: Record<string, string | number | boolean> = {};
  for (const field of shown) {
    if (field.kind === 'secret') continue;
    const value = form.options[field.key] ?? '';
    if (typeof value === 'boolean') options[field.key] = value;
    else if (value.trim() === '') {
      if (field.required) wrong(field.key, words.field(field.label));
    } else if (field.kind !== 'number') options[field.key] = value;
    else if (Number.isFinite(Number(value))) options[field.key] = Number(value);
    else wrong(field.key, words.number(field.label));
  }
  return options;
}

/** New ones, and empty ones for those that are to be forgotten; what was not touched is not said. */
function readSecrets(form: LocationForm, shown: readonly ConfigField[]): Readonly<Record<string, string>> {
  const keys = [MAIN_SECRET, ...shown.filter(({ kind }) => kind === 'secret').map(({ key }) => key)];
  return Object.fromEntries(keys.flatMap((key) => {
    if (form.forgotten.includes(key)) return [[key, '']];
    const value = form.secrets[key] ?? '';
    return value === '' ? [] : [[key, value]];
  }));
}

/** Whole bytes; NaN for what is not a size. */
function bytesOf(text: string): number {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() === '' || !Number.isFinite(value) || value < 0 ? Number.NaN : Math.round(value * MIB);
}

function mib(bytes: number): string {
  return String(Math.round((bytes / MIB) * 1e6) / 1e6);
}
