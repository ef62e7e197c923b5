import { ArrowDown, ArrowUp } from 'lucide-react';
import { classes } from '../../components/classes.ts';
import { Splitter } from '../../components/splitter.tsx';
import { sortBy, useBrowser } from '../../stores/browser-store.ts';
import type { SizedColumn } from '../../stores/panels-store.ts';
import { COLUMN_LIMITS, resizeColumn, usePanels } from '../../stores/panels-store.ts';
import type { SortColumn } from '../../stores/sort-rows.ts';
import { strings } from '../../strings.ts';

const words = strings.browser;
const COLUMNS: readonly SortColumn[] = ['name', 'size', 'modified', 'integrity'];

export function GridHeader() {
  return (
    <div role="rowgroup" className="grid-head">
      <div role="row" aria-rowindex={1} className="grid-head-row">
        {COLUMNS.map((column) => <ColumnHeader key={column} column={column} />)}
      </div>
    </div>
  );
}

function ColumnHeader({ column }: { readonly column: SortColumn }) {
  const sort = useBrowser((state) => state.sort);
  const sorted = sort.column === column;
  const Arrow = sort.descending ? ArrowDown : ArrowUp;
  return (
    <div role="columnheader" aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'} className={`cell column-head cell-${column}`}>
      {column !== 'name' && <ColumnSplitter column={column} />}
      <button type="button" className={classes('column-button', sorted && 'column-sorted')} onClick={() => sortBy(column)}>
        {words.columns[column]}
        {sorted && <Arrow className="icon-small" aria-hidden />}
      </button>
    </div>
  );
}

function ColumnSplitter({ column }: { readonly column: SizedColumn }) {
  const size = usePanels(({ columns }) => columns[column]);
  return (
    <Splitter label={words.resizeColumn(words.columns[column])} orientation="vertical" reversed size={size} {...COLUMN_LIMITS[column]} onResize={(next) => resizeColumn(column, next)} />
  );
}
