import type { RouteInput } from '../../../shared/ipc/contract.ts';
import type { BackendView, LocationView } from '../../../shared/ipc/views.ts';
import type { ProofPolicy } from '../../../shared/storage/evidence.ts';
import { DEFAULT_PROOF_POLICY } from '../../../shared/storage/evidence.ts';
import type { ConfigField } from '../../../shared/storage/location.ts';
import { strings } from '../../strings.ts';

/** What main takes to add, test or change a location. */
export type LocationDraft = RouteInput<'locations.add'>;

/** The form as it is typed: text everywhere, so that half a number is no error while it is being written. */
export interface LocationForm {
  readonly backend: string;
  readonly name: string;
  readonly uri: string;
  readonly options: Readonly<Record<string, string | boolean>>;
  readonly secret: string;
  readonly forgetSecret: boolean;
  readonly minimum: ProofPolicy['minimum'];
  readonly readBack: 'always' | 'never' | 'up to';
  readonly readBackMiB: string;
  readonly limitMiB: string;
  readonly limitReason: string;
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

function fill(backend: BackendView, from: Pick<LocationView, 'name' | 'uri' | 'options' | 'proof' | 'sizeLimit'>): LocationForm {
  const { readBack } = from.proof;
  return {
    backend: backend.name,
    name: from.name,
    uri: from.uri,
    options: Object.fromEntries(backend.fields.map((field) => [field.key, typed(field, from.options[field.key] ?? field.default)])),
    secret: '',
    forgetSecret: false,
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

/** @returns the draft, or a sentence for each field that must be corrected first. What only the backend knows is checked by main. */
export function readForm(form: LocationForm, backend: BackendView): { readonly draft: LocationDraft; readonly problems: null } | { readonly draft: null; readonly problems: readonly string[] } {
  const words = strings.location.errors;
  const problems: string[] = [];
  if (form.name.trim() === '') problems.push(words.name);
  if (form.uri.trim() === '') problems.push(words.uri(backend.uriLabel));
  const options: Record<string, string | number | boolean> = {};
  for (const field of backend.fields) {
    const value = form.options[field.key] ?? '';
    if (typeof value === 'boolean') options[field.key] = value;
    else if (value.trim() === '') {
      if (field.required) problems.push(words.field(field.label));
    } else if (field.kind !== 'number') options[field.key] = value;
    else if (Number.isFinite(Number(value))) options[field.key] = Number(value);
    else problems.push(words.number(field.label));
  }
  const limit = form.limitMiB.trim() === '' ? null : bytesOf(form.limitMiB);
  if (Number.isNaN(limit)) problems.push(words.limit);
  const upTo = form.readBack === 'up to' ? bytesOf(form.readBackMiB) : 0;
  if (Number.isNaN(upTo)) problems.push(words.readBack);
  if (problems.length > 0) return { draft: null, problems };
  const reason = form.limitReason.trim();
  return {
    problems: null,
    draft: {
      name: form.name.trim(),
      backend: form.backend,
      uri: form.uri.trim(),
      options,
      ...(form.forgetSecret ? { secret: '' } : form.secret === '' ? {} : { secret: form.secret }),
      proof: { minimum: form.minimum, readBack: form.readBack === 'up to' ? { upTo } : form.readBack },
      sizeLimit: limit === null ? null : { bytes: limit, ...(reason === '' ? {} : { reason }) },
    },
  };
}

/** Whole bytes; NaN for what is not a size. */
function bytesOf(text: string): number {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() === '' || !Number.isFinite(value) || value < 0 ? Number.NaN : Math.round(value * MIB);
}

function mib(bytes: number): string {
  return String(Math.round((bytes / MIB) * 1e6) / 1e6);
}
