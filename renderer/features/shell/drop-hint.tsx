import { Upload } from 'lucide-react';
import { useDrop } from '../../stores/drop-store.ts';
import { useLocations } from '../../stores/locations-store.ts';
import { placeLabel } from '../../stores/place.ts';
import { strings } from '../../strings.ts';

/** Says where what is being dragged would go, whichever target it is over. */
export function DropHint() {
  const target = useDrop((state) => state.target);
  const count = useDrop((state) => state.count);
  const name = useLocations(({ locations }) => locations?.find(({ id }) => id === target?.locationId)?.name ?? '');
  if (target === null) return null;
  return (
    <div className="drop-hint" role="status">
      <Upload className="icon" aria-hidden />
      {strings.browser.dropHere(count, placeLabel(name, target.path))}
    </div>
  );
}
