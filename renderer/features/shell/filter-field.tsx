import { Search, X } from 'lucide-react';
import { useCallback, useRef } from 'react';
import { IconButton } from '../../components/button.tsx';
import { useTakeFocus } from '../../components/use-focus-wish.ts';
import { setFilter, useBrowser } from '../../stores/browser-store.ts';
import { focusRegion } from '../../stores/focus-store.ts';
import { usePlace } from '../../stores/place-store.ts';
import { strings } from '../../strings.ts';

/** Leaves only the names that hold every word typed; Escape empties it, then goes back to the table. */
export function FilterField() {
  const filter = useBrowser((state) => state.filter);
  const shown = usePlace(({ view }) => view === 'files');
  const input = useRef<HTMLInputElement>(null);
  useTakeFocus('filter', useCallback(() => input.current?.select(), []));
  if (!shown) return null;
  return (
    <div className="filter">
      <Search className="icon filter-icon" aria-hidden />
      <input
        ref={input}
        type="search"
        className="filter-input"
        aria-label={strings.header.filter}
        placeholder={strings.header.filterPlaceholder}
        value={filter}
        spellCheck={false}
        onChange={(event) => setFilter(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown' || event.key === 'Enter') focusRegion('files');
          else if (event.key !== 'Escape') return;
          else if (filter === '') focusRegion('files');
          else setFilter('');
          event.preventDefault();
        }}
      />
      {filter !== '' && <IconButton label={strings.header.clearFilter} icon={X} onPress={() => setFilter('')} />}
    </div>
  );
}
