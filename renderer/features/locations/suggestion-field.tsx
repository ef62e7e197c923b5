import { useEffect, useState } from 'react';
import type { LocationSuggestion } from '../../../shared/storage/location.ts';
import { loadSuggestions } from '../../actions/location-actions.ts';
import { SelectField } from '../../components/fields.tsx';
import { strings } from '../../strings.ts';

const words = strings.location;
const NONE: readonly LocationSuggestion[] = [];

/** What the backend found on this computer that can fill in the form; nothing when it found nothing. */
export function SuggestionField({ backend, onChoose }: { readonly backend: string; readonly onChoose: (suggestion: LocationSuggestion) => void }) {
  const [found, setFound] = useState(NONE);
  const [chosen, setChosen] = useState('');
  useEffect(() => {
    let wanted = true;
    void loadSuggestions(backend).then((suggestions) => wanted && setFound(suggestions));
    return () => {
      wanted = false;
    };
  }, [backend]);
  if (found.length === 0) return null;
  return (
    <SelectField
      label={words.fillInFrom}
      help={words.fillInHelp}
      placeholder={words.choose}
      value={chosen}
      choices={found.map(({ label, uri }, index) => ({ value: String(index), label, note: uri }))}
      onChange={(index) => {
        const suggestion = found[Number(index)];
        if (suggestion === undefined) return;
        setChosen(index);
        onChoose(suggestion);
      }}
    />
  );
}
