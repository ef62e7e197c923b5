import { useState } from 'react';
import type { BackendView, LocationView } from '../../../shared/ipc/views.ts';
import { type ConfigField, MAIN_SECRET } from '../../../shared/storage/location.ts';
import { TextField } from '../../components/fields.tsx';
import { Fold } from '../../components/fold.tsx';
import { strings } from '../../strings.ts';
import type { LocationForm, Problem } from './location-draft.ts';
import { acceptSuggestion, shownFields } from './location-draft.ts';
import { OptionField, PathField } from './option-field.tsx';
import { ProofFields, proofSummary } from './proof-fields.tsx';
import { SecretField } from './secret-field.tsx';
import { SuggestionField } from './suggestion-field.tsx';

const words = strings.location;
const PROOF_FIELDS: readonly string[] = ['readBack', 'sizeLimit'];

interface LocationFieldsProps {
  readonly form: LocationForm;
  readonly backend: BackendView;
  readonly location: LocationView | null;
  readonly problems: readonly Problem[];
  readonly onChange: (form: LocationForm) => void;
}

/** The form that a backend describes, and what every location has. What most people never need is folded, unless something is wrong in it. */
export function LocationFields({ form, backend, location, problems, onChange }: LocationFieldsProps) {
  const [moreOpen, setMoreOpen] = useState(false);
  const [proofOpen, setProofOpen] = useState(false);
  const set = (patch: Partial<LocationForm>) => onChange({ ...form, ...patch });
  const errorOf = (field: string) => problems.find((problem) => problem.field === field)?.text ?? null;
  const shown = shownFields(backend, form);
  const usual = shown.filter(({ advanced }) => advanced !== true);
  const advanced = shown.filter((field) => field.advanced === true);
  const uri = { label: backend.uriLabel, placeholder: backend.uriPlaceholder, value: form.uri, required: true, error: errorOf('uri'), onChange: (text: string) => set({ uri: text }) };
  const fieldOf = (field: ConfigField) =>
    field.kind === 'secret' ? (
      <SecretField key={field.key} form={form} secretKey={field.key} label={field.label} help={field.help} required={field.required} stored={location?.secretsSet.includes(field.key) === true} error={errorOf(field.key)} onChange={onChange} />
    ) : (
      <OptionField key={field.key} field={field} value={form.options[field.key] ?? ''} error={errorOf(field.key)} onChange={(value) => set({ options: { ...form.options, [field.key]: value } })} />
    );
  const wrongIn = (keys: readonly string[]) => problems.some(({ field }) => keys.includes(field));
  return (
    <>
      <p className="backend-about">{backend.description}</p>
      <SuggestionField key={backend.name} backend={backend.name} onChoose={(suggestion) => onChange(acceptSuggestion(form, backend, suggestion))} />
      <TextField label={words.name} value={form.name} required autoFocus error={errorOf('name')} onChange={(name) => set({ name })} />
      {backend.uriIsFolder ? <PathField {...uri} kind="folder" help={words.folderHint} /> : <TextField {...uri} />}
      {backend.secretLabel !== null && <SecretField form={form} secretKey={MAIN_SECRET} label={backend.secretLabel} stored={location?.secretsSet.includes(MAIN_SECRET) === true} error={errorOf(MAIN_SECRET)} onChange={onChange} />}
      {usual.map(fieldOf)}
      {advanced.length > 0 && (
        <Fold title={words.more} summary={advanced.map(({ label }) => label).join(', ')} open={moreOpen || wrongIn(advanced.map(({ key }) => key))} onToggle={setMoreOpen}>
          {advanced.map(fieldOf)}
        </Fold>
      )}
      <Fold title={words.proof} summary={proofSummary(form)} open={proofOpen || wrongIn(PROOF_FIELDS)} onToggle={setProofOpen}>
        <ProofFields form={form} errorOf={errorOf} onChange={onChange} />
      </Fold>
    </>
  );
}
