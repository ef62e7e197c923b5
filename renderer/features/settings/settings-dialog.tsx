import { FolderOpen } from 'lucide-react';
import { revealDataFolder } from '../../actions/file-actions.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { RadioField, SelectField } from '../../components/fields.tsx';
import { formatSpeed } from '../../format.ts';
import { changeSettings, useApp } from '../../stores/app-store.ts';
import { closeDialog, useDialog } from '../../stores/dialog-store.ts';
import { strings } from '../../strings.ts';

const words = strings.settings;
const THEMES = ['system', 'light', 'dark'] as const;
const CONFLICTS = ['ask', 'skip', 'overwrite', 'rename', 'fail'] as const;
/** bytes a second */
const LIMITS = [128, 512, 1024, 2048, 5120, 10_240, 25_600, 51_200, 102_400].map((kib) => kib * 1024);
const CONCURRENCY = ['1', '2', '3', '4', '6', '8', '12', '16', '24', '32'];

/** Every change is kept at once. */
export function SettingsDialog() {
  const open = useDialog((state) => state.open.kind === 'settings');
  const settings = useApp((state) => state.settings);
  const info = useApp((state) => state.info);
  if (!open || settings === null || info === null) return null;
  const present = String(settings.concurrency);
  const counts = CONCURRENCY.includes(present) ? CONCURRENCY : [...CONCURRENCY, present].toSorted((a, b) => Number(a) - Number(b));
  return (
    <Dialog title={words.title} onClose={closeDialog}>
      <DialogBody>
        <RadioField
          label={words.theme}
          value={settings.theme}
          choices={THEMES.map((theme) => ({ value: theme, label: words.themes[theme] }))}
          onChange={(value) => void changeSettings({ theme: THEMES.find((theme) => theme === value) ?? 'system' })}
        />
        <SelectField label={words.concurrency} value={present} choices={counts.map((count) => ({ value: count, label: count }))} onChange={(value) => void changeSettings({ concurrency: Number(value) })} />
        <LimitField label={words.uploadLimit} value={settings.uploadLimit} onChange={(uploadLimit) => void changeSettings({ uploadLimit })} />
        <LimitField label={words.downloadLimit} help={words.limitText} value={settings.downloadLimit} onChange={(downloadLimit) => void changeSettings({ downloadLimit })} />
        <SelectField
          label={words.conflict}
          value={settings.conflict}
          choices={CONFLICTS.map((policy) => ({ value: policy, label: words.conflicts[policy] }))}
          onChange={(value) => void changeSettings({ conflict: CONFLICTS.find((policy) => policy === value) ?? 'ask' })}
        />
        <div className="field">
          <h3 className="field-label">{words.data}</h3>
          <div className="fact-copy"><code className="digest-value">{info.dataFolder}</code><Button icon={FolderOpen} onPress={() => void revealDataFolder()}>{words.reveal}</Button></div>
          <p className="note">{words.dataText}</p>
        </div>
        <div className="field">
          <h3 className="field-label">{words.secrets}</h3>
          <p className="note">{info.keychain.available ? words.keychain : words.noKeychain(info.keychain.reason)}</p>
        </div>
      </DialogBody>
      <DialogFoot start={<span className="muted">{words.about(info.version, info.electron)}</span>}>
        <Button onPress={closeDialog}>{strings.app.close}</Button>
      </DialogFoot>
    </Dialog>
  );
}

function LimitField({ label, help, value, onChange }: { readonly label: string; readonly help?: string; readonly value: number | null; readonly onChange: (value: number | null) => void }) {
  const rates = value === null || LIMITS.includes(value) ? LIMITS : [...LIMITS, value].toSorted((a, b) => a - b);
  const choices = [{ value: 'none', label: words.noLimit }, ...rates.map((rate) => ({ value: String(rate), label: formatSpeed(rate) }))];
  return <SelectField label={label} {...(help === undefined ? {} : { help })} value={value === null ? 'none' : String(value)} choices={choices} onChange={(key) => onChange(key === 'none' ? null : Number(key))} />;
}
