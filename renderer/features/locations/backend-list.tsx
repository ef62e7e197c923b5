import { ListBox, ListBoxItem } from 'react-aria-components';
import type { BackendView } from '../../../shared/ipc/views.ts';
import { LocationIcon } from '../../components/location-icon.tsx';
import { strings } from '../../strings.ts';

const words = strings.location;

interface BackendListProps {
  readonly backends: readonly BackendView[];
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}

/** Every kind of storage with what it is; the arrow keys go through them and the form follows. */
export function BackendList({ backends, chosen, onChoose }: BackendListProps) {
  return (
    <ListBox
      className="backend-list"
      aria-label={words.backend}
      items={backends.map((backend) => ({ ...backend, id: backend.name }))}
      selectionMode="single"
      selectionBehavior="replace"
      disallowEmptySelection
      selectedKeys={[chosen]}
      onSelectionChange={(keys) => {
        const [key] = keys === 'all' ? [] : [...keys];
        if (typeof key === 'string' && key !== chosen) onChoose(key);
      }}
    >
      {({ id, title, description, plugin }) => (
        <ListBoxItem id={id} textValue={title} className="backend-item">
          <LocationIcon backend={id} />
          <span className="backend-words">
            <span className="backend-title">{title}</span>
            <span className="backend-note">{plugin === null ? description : words.fromPlugin(plugin)}</span>
          </span>
        </ListBoxItem>
      )}
    </ListBox>
  );
}
