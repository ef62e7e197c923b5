import { FieldRow, RadioField, SelectField, TextField } from '../../components/fields.tsx';
import { strings } from '../../strings.ts';
import type { LocationForm } from './location-draft.ts';

const words = strings.location;

interface ProofFieldsProps {
  readonly form: LocationForm;
  readonly errorOf: (field: string) => string | null;
  readonly onChange: (form: LocationForm) => void;
}

/** What every location has: how much proof it asks for, and how large its files may be. */
export function ProofFields({ form, errorOf, onChange }: ProofFieldsProps) {
  const set = (patch: Partial<LocationForm>) => onChange({ ...form, ...patch });
  return (
    <>
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
        {form.readBack === 'up to' && <TextField label={words.readBackLimit} numeric value={form.readBackMiB} error={errorOf('readBack')} onChange={(readBackMiB) => set({ readBackMiB })} />}
      </FieldRow>
      <FieldRow>
        <TextField label={words.limit} help={words.limitHelp} numeric value={form.limitMiB} error={errorOf('sizeLimit')} onChange={(limitMiB) => set({ limitMiB })} />
        <TextField label={words.limitReason} help={words.limitReasonHelp} value={form.limitReason} onChange={(limitReason) => set({ limitReason })} />
      </FieldRow>
    </>
  );
}

/** The same in few words, while it is folded. */
export function proofSummary({ minimum, readBack, readBackMiB, limitMiB }: LocationForm): string {
  const back = readBack === 'always' ? words.summaryReadBackAlways : readBack === 'never' ? words.summaryReadBackNever : words.summaryReadBackUpTo(readBackMiB);
  const limit = limitMiB.trim() === '' ? words.summaryNoLimit : words.summaryLimit(limitMiB);
  return [words.summaryMinimum(words.minimumChoices[minimum].toLowerCase()), back, limit].join(' · ');
}
