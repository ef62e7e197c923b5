import { useEffect, useRef, useState } from 'react';
import type { FileRow } from '../../../shared/ipc/views.ts';
import { renameFile } from '../../actions/file-actions.ts';
import { setRenaming } from '../../stores/browser-store.ts';
import { focusRegion } from '../../stores/focus-store.ts';
import { strings } from '../../strings.ts';

/** The name of a row while it is edited: Enter and leaving it rename, Escape does not. The ending is not preselected. */
export function RenameField({ row, locationId }: { readonly row: FileRow; readonly locationId: string }) {
  const [name, setName] = useState(row.name);
  const input = useRef<HTMLInputElement>(null);
  const over = useRef(false);
  useEffect(() => {
    const dot = row.kind === 'file' ? row.name.lastIndexOf('.') : -1;
    input.current?.focus();
    input.current?.setSelectionRange(0, dot > 0 ? dot : row.name.length);
  }, [row.kind, row.name]);
  const end = (keep: boolean) => {
    if (over.current) return;
    over.current = true;
    if (keep) void renameFile(locationId, row, name);
    else setRenaming(null);
    focusRegion('files');
  };
  return (
    <input
      ref={input}
      className="input rename-input"
      aria-label={strings.browser.renameField(row.name)}
      value={name}
      spellCheck={false}
      onChange={(event) => setName(event.target.value)}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') end(true);
        else if (event.key === 'Escape') end(false);
      }}
    />
  );
}
