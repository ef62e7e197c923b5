import { MAIN_SECRET } from '../../../shared/storage/location.ts';
import { Checkbox, TextField } from '../../components/fields.tsx';
import { useApp } from '../../stores/app-store.ts';
import { strings } from '../../strings.ts';
import type { LocationForm } from './location-draft.ts';

const words = strings.location;

interface SecretFieldProps {
  readonly form: LocationForm;
  /** of its field; the main one's is MAIN_SECRET */
  readonly secretKey: string;
  readonly label: string;
  readonly help?: string;
  readonly stored: boolean;
  readonly required?: boolean;
  readonly error: string | null;
  readonly onChange: (form: LocationForm) => void;
}

/** A secret goes to main and never comes back: the window knows only whether there is one. */
export function SecretField({ form, secretKey, label, help = '', stored, required = false, error, onChange }: SecretFieldProps) {
  const keychain = useApp(({ info }) => info?.keychain ?? null);
  const { forgotten } = form;
  const others = forgotten.filter((key) => key !== secretKey);
  // Where it is kept is said once, at the main secret, unless it is kept nowhere.
  const where = keychain === null ? '' : !keychain.available ? words.secretSession(keychain.reason) : secretKey === MAIN_SECRET ? words.secretKeychain : '';
  const notes = [help, stored ? words.secretStored : secretKey === MAIN_SECRET ? words.secretNone : '', where].filter((note) => note !== '');
  return (
    <>
      <TextField
        label={label}
        type="password"
        help={notes.join(' ')}
        value={form.secrets[secretKey] ?? ''}
        required={required}
        error={error}
        onChange={(secret) => onChange({ ...form, secrets: { ...form.secrets, [secretKey]: secret }, forgotten: others })}
      />
      {stored && (
        <Checkbox
          label={words.secretForget(label)}
          checked={forgotten.includes(secretKey)}
          onChange={(forget) => onChange({ ...form, secrets: { ...form.secrets, [secretKey]: '' }, forgotten: forget ? [...others, secretKey] : others })}
        />
      )}
    </>
  );
}
