import { Check, ChevronDown } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button as AriaButton, Checkbox as AriaCheckbox, FieldError, Input, Label, ListBox, ListBoxItem, Popover, Radio, RadioGroup, Select, SelectValue, Text, TextField as AriaTextField,
} from 'react-aria-components';

interface FieldProps {
  readonly label: string;
  readonly help?: string;
  /** what is wrong with the value; null when nothing is */
  readonly error?: string | null;
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly type?: 'text' | 'password';
  readonly numeric?: boolean;
  readonly required?: boolean;
  readonly autoFocus?: boolean;
  readonly mono?: boolean;
  /** a button beside it */
  readonly action?: ReactNode;
}

export function TextField({ label, help, error = null, value, onChange, placeholder, type = 'text', numeric = false, required = false, autoFocus = false, mono = false, action }: TextFieldProps) {
  const input = <Input className={mono ? 'input mono' : 'input'} spellCheck={false} {...(placeholder === undefined ? {} : { placeholder })} {...(numeric ? { inputMode: 'decimal' as const } : {})} />;
  return (
    <AriaTextField className="field" value={value} onChange={onChange} isRequired={required} isInvalid={error !== null} validationBehavior="aria" type={type} autoFocus={autoFocus} autoComplete="off">
      <Label className="field-label">{label}</Label>
      {action === undefined ? input : <div className="input-and-button">{input}{action}</div>}
      <Wrong text={error} />
      <Help text={help} />
    </AriaTextField>
  );
}

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly note?: string;
  readonly disabled?: boolean;
}

interface SelectFieldProps extends FieldProps {
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChange: (value: string) => void;
  readonly disabled?: boolean;
  readonly hideLabel?: boolean;
  /** shown while nothing is chosen */
  readonly placeholder?: string;
}

export function SelectField({ label, help, error = null, value, choices, onChange, disabled = false, hideLabel = false, placeholder }: SelectFieldProps) {
  return (
    <Select
      className="field"
      value={value === '' ? null : value}
      isDisabled={disabled}
      isInvalid={error !== null}
      {...(placeholder === undefined ? {} : { placeholder })}
      disabledKeys={choices.filter((choice) => choice.disabled === true).map((choice) => choice.value)}
      onChange={(key) => typeof key === 'string' && onChange(key)}
    >
      <Label className={hideLabel ? 'visually-hidden' : 'field-label'}>{label}</Label>
      <AriaButton className="input select-button">
        <SelectValue className="select-value" />
        <ChevronDown className="icon icon-small" aria-hidden />
      </AriaButton>
      <Wrong text={error} />
      <Help text={help} />
      <Popover className="popover select-popover">
        <ListBox className="menu" items={choices.map((choice) => ({ ...choice, id: choice.value }))}>
          {(choice) => (
            <ListBoxItem id={choice.id} textValue={choice.label} className="menu-item">
              {({ isSelected }) => (
                <>
                  {isSelected ? <Check className="icon" aria-hidden /> : <span className="icon" />}
                  <span className="menu-title">
                    <Text slot="label">{choice.label}</Text>
                    {choice.note !== undefined && <Text slot="description" className="menu-note">{choice.note}</Text>}
                  </span>
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}

export function RadioField({ label, help, value, choices, onChange }: SelectFieldProps) {
  return (
    <RadioGroup className="field" value={value} onChange={onChange}>
      <Label className="field-label">{label}</Label>
      <div className="segments">
        {choices.map((choice) => (
          <Radio key={choice.value} value={choice.value} className="segment">{choice.label}</Radio>
        ))}
      </div>
      <Help text={help} />
    </RadioGroup>
  );
}

export function Checkbox({ label, help, error = null, checked, onChange }: FieldProps & { readonly checked: boolean; readonly onChange: (checked: boolean) => void }) {
  return (
    <div className="field">
      <AriaCheckbox className="checkbox" isSelected={checked} isInvalid={error !== null} onChange={onChange}>
        <span className="checkbox-box" aria-hidden><Check className="icon-small" /></span>
        {label}
      </AriaCheckbox>
      {error !== null && <p className="field-error">{error}</p>}
      {help !== undefined && help !== '' && <p className="note">{help}</p>}
    </div>
  );
}

export function FieldRow({ children }: { readonly children: ReactNode }) {
  return <div className="field-row">{children}</div>;
}

function Wrong({ text }: { readonly text: string | null }) {
  return text === null ? null : <FieldError className="field-error">{text}</FieldError>;
}

function Help({ text }: { readonly text: string | undefined }) {
  return text === undefined || text === '' ? null : <Text slot="description" className="note">{text}</Text>;
}
