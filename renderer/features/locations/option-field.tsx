import { FolderOpen } from 'lucide-react';
import type { ConfigField } from '../../../shared/storage/location.ts';
import { pickPath } from '../../actions/location-actions.ts';
import { Button } from '../../components/button.tsx';
import { Checkbox, SelectField, TextField } from '../../components/fields.tsx';
import { strings } from '../../strings.ts';

const words = strings.location;

interface OptionFieldProps {
  readonly field: ConfigField;
  readonly value: string | boolean;
  readonly error: string | null;
  readonly onChange: (value: string | boolean) => void;
}

/** One option of a backend, as its form says. */
export function OptionField({ field, value, error, onChange }: OptionFieldProps) {
  const { label, help, kind, required, choices = [], placeholder } = field;
  if (kind === 'boolean') return <Checkbox label={label} help={help} checked={value === true} error={error} onChange={onChange} />;
  const text = typeof value === 'string' ? value : '';
  if (kind === 'choice') return <SelectField label={label} help={help} value={text} choices={choices} error={error} onChange={onChange} />;
  const common = { label, help, value: text, required, error, onChange, ...(placeholder === undefined ? {} : { placeholder }) };
  return kind === 'path' ? <PathField {...common} kind="file" /> : <TextField {...common} numeric={kind === 'number'} />;
}

interface PathFieldProps {
  readonly kind: 'file' | 'folder';
  readonly label: string;
  readonly help: string;
  readonly value: string;
  readonly required: boolean;
  readonly error: string | null;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}

/** The path of a file or folder of this computer, typed or found with the desktop's dialog. */
export function PathField({ kind, label, onChange, ...field }: PathFieldProps) {
  const browse = () =>
    void pickPath(kind, label).then((path) => {
      if (path !== null) onChange(path);
    });
  return <TextField label={label} onChange={onChange} {...field} action={<Button icon={FolderOpen} name={words.browseFor(label)} onPress={browse}>{words.browse}</Button>} />;
}
