import { Dialog, DialogBody } from '../../components/dialog.tsx';
import { useMac } from '../../components/platform.ts';
import { COMMANDS, formatKeys } from '../../commands.ts';
import { closeDialog, useDialog } from '../../stores/dialog-store.ts';
import { strings } from '../../strings.ts';

const words = strings.shortcuts;

export function ShortcutsDialog() {
  const open = useDialog((state) => state.open.kind === 'shortcuts');
  const mac = useMac();
  if (!open) return null;
  const table: readonly (readonly [string, string])[] = [
    [words.table.move, '↑ ↓ Home End'],
    [words.table.range, 'Shift+↑ Shift+↓'],
    [words.table.toggle, mac ? '⌘Space' : 'Ctrl+Space'],
    [words.table.all, formatKeys('Mod+A', mac)],
    [words.table.open, 'Enter'],
    [words.table.up, 'Backspace'],
    [words.table.preview, 'Space'],
    [strings.commands.rename, 'F2'],
    [strings.commands.delete, 'Del'],
    [words.table.menu, 'Shift+F10'],
    [words.table.type, words.table.typeKeys],
    [words.table.paste, formatKeys('Mod+V', mac)],
  ];
  return (
    <Dialog title={words.title} onClose={closeDialog} width="large">
      <DialogBody>
        <div className="shortcut-columns">
          <Group title={words.groups.files} rows={table} />
          <Group title={words.groups.window} rows={COMMANDS.flatMap(({ title, keys }) => (keys === null ? [] : [[title, formatKeys(keys, mac)] as const]))} />
        </div>
      </DialogBody>
    </Dialog>
  );
}

function Group({ title, rows }: { readonly title: string; readonly rows: readonly (readonly [string, string])[] }) {
  return (
    <section>
      <h3 className="section-title">{title}</h3>
      <dl className="shortcuts">
        {rows.map(([what, keys]) => (
          <div key={what} className="shortcut">
            <dt>{what}</dt>
            <dd><kbd>{keys}</kbd></dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
