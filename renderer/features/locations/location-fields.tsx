import type { BackendView, LocationView } from '../../../shared/ipc/views.ts';
import type { ConfigField } from '../../../shared/storage/location.ts';
import { Checkbox, FieldRow, RadioField, SelectField, TextField } from '../../components/fields.tsx';
import { useApp } from '../../stores/app-store.ts';
import { strings } from '../../strings.ts';
import type { LocationForm } from './location-draft.ts';
import { changeBackend } from './location-draft.ts';

const words = strings.location;

interface LocationFieldsProps {
  readonly form: LocationForm;
  readonly backend: BackendView;
  readonly backends: readonly BackendView[];
  readonly location: LocationView | null;
  readonly onChange: (form: LocationForm) => void;
}

/** The form that a backend describes, and what every location has. */
export function LocationFields({ form, backend, backends, location, onChange }: LocationFieldsProps) {
  const set = (patch: Partial<LocationForm>) => onChange({ ...form, ...patch });
  const choose = (name: string) => {
    const next = backends.find((one) => one.name === name);
    if (next !== undefined) onChange(changeBackend(form, next));
  };
  return (
    <>
      <SelectField
        label={words.backend}
        help={backend.description}
        value={backend.name}
        disabled={location !== null}
        choices={backends.map((one) => ({ value: one.name, label: one.title, note: one.plugin === null ? '' : words.fromPlugin(one.plugin) }))}
        onChange={choose}
      />
      <TextField label={words.name} value={form.name} required autoFocus onChange={(name) => set({ name })} />
      <TextField label={backend.uriLabel} help={backend.uriIsFolder ? words.folderHint : ''} placeholder={backend.uriPlaceholder} value={form.uri} required onChange={(uri) => set({ uri })} />
      {backend.secretLabel !== null && <SecretField form={form} label={backend.secretLabel} stored={location?.secretSet === true} set={set} />}
      {backend.fields.map((field) => (
        <OptionField key={field.key} field={field} value={form.options[field.key] ?? ''} onChange={(value) => set({ options: { ...form.options, [field.key]: value } })} />
      ))}
      <h3 className="section-title">{words.proof}</h3>
      <SelectField
        label={words.minimum}
        help={words.minimumHelp}
        value={String(form.minimum)}
        choices={words.minimumChoices.map((label, level) => ({ value: String(level), label }))}
        onChange={(value) => set({ minimum: value === '0' ? 0 : value === '1' ? 1 : value === '2' ? 2 : 3 })}
      />
      <FieldRow>
        <RadioField
          label={words.readBack}
          help={words.readBackHelp}
          value={form.readBack}
          choices={[{ value: 'always', label: words.readBackAlways }, { value: 'up to', label: words.readBackUpTo }, { value: 'never', label: words.readBackNever }]}
          onChange={(value) => set({ readBack: value === 'never' || value === 'up to' ? value : 'always' })}
        />
        {form.readBack === 'up to' && <TextField label={words.readBackLimit} numeric value={form.readBackMiB} onChange={(readBackMiB) => set({ readBackMiB })} />}
      </FieldRow>
      <FieldRow>
        <TextField label={words.limit} help={words.limitHelp} numeric value={form.limitMiB} onChange={(limitMiB) => set({ limitMiB })} />
        <TextField label={words.limitReason} help={words.limitReasonHelp} value={form.limitReason} onChange={(limitReason) => set({ limitReason })} />
      </FieldRow>
    </>
  );
}

function SecretField({ form, label, stored, set }: { readonly form: LocationForm; readonly label: string; readonly stored: boolean; readonly set: (patch: Partial<LocationForm>) => void }) {
  const keychain = useApp(({ info }) => info?.keychain ?? null);
  const where = keychain === null ? '' : keychain.available ? words.secretKeychain : words.secretSession(keychain.reason);
  return (
    <>
      <TextField label={label} type="password" help={`${stored ? words.secretStored : words.secretNone} ${where}`} value={form.secret} onChange={(secret) => set({ secret, forgetSecret: false })} />
      {stored && <Checkbox label={words.secretForget} checked={form.forgetSecret} onChange={(forgetSecret) => set({ forgetSecret, secret: '' })} />}
    </>
  );
}

function OptionField({ field, value, onChange }: { readonly field: ConfigField; readonly value: string | boolean; readonly onChange: (value: string | boolean) => void }) {
  if (field.kind === 'boolean') return <Checkbox label={field.label} help={field.help} checked={value === true} onChange={onChange} />;
  const text = typeof value === 'string' ? value : '';
  if (field.kind === 'choice') return <SelectField label={field.label} help={field.help} value={text} choices={field.choices ?? []} onChange={onChange} />;
  return (
    <TextField label={field.label} help={field.help} value={text} required={field.required} numeric={field.kind === 'number'} onChange={onChange} {...(field.placeholder === undefined ? {} : { placeholder: field.placeholder })} />
  );
}
