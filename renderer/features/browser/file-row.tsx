import { File, Folder } from 'lucide-react';
import { memo } from 'react';
import type { FileRow as Row } from '../../../shared/ipc/views.ts';
import { Badge } from '../../components/badge.tsx';
import { classes } from '../../components/classes.ts';
import { formatBytes, formatDate, formatExactBytes } from '../../format.ts';
import { integrityWord } from '../../integrity-words.ts';
import { strings } from '../../strings.ts';
import { RenameField } from './rename-field.tsx';

interface FileRowProps {
  readonly row: Row;
  readonly index: number;
  /** pixels from the top of the table's body */
  readonly top: number;
  readonly selected: boolean;
  readonly active: boolean;
  readonly renaming: boolean;
  readonly aimed: boolean;
  readonly locationId: string;
}

export function rowId(index: number): string {
  return `file-row-${index}`;
}

/** Clicks, drops and keys are handled by the table, which finds the row by `data-index`. */
export const FileRow = memo(function FileRow({ row, index, top, selected, active, renaming, aimed, locationId }: FileRowProps) {
  const folder = row.kind === 'folder';
  const word = integrityWord(row.integrity);
  const Icon = folder ? Folder : File;
  return (
    <div
      id={rowId(index)}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      aria-label={row.name}
      data-index={index}
      className={classes('grid-row', selected && 'grid-row-selected', active && 'grid-row-active', aimed && 'drop-target')}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div role="gridcell" className="cell cell-name">
        <Icon className={folder ? 'icon icon-folder' : 'icon icon-file'} aria-hidden />
        {folder && <span className="visually-hidden">{strings.browser.folder}</span>}
        {renaming ? <RenameField row={row} locationId={locationId} /> : <span className="cell-text" title={row.name}>{row.name}</span>}
      </div>
      <div role="gridcell" className="cell cell-size" title={row.size === null ? undefined : formatExactBytes(row.size)}>{row.size === null ? '—' : formatBytes(row.size)}</div>
      <div role="gridcell" className="cell cell-modified">{formatDate(row.modified)}</div>
      <div role="gridcell" className="cell cell-integrity">{folder && row.integrity.kind === 'unknown' ? <span className="muted">—</span> : <Badge tone={word.tone} text={word.text} />}</div>
    </div>
  );
});
