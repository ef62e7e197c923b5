import { ChevronLeft, ChevronRight, FolderUp, Files, ShieldCheck, Upload } from 'lucide-react';
import { Button, IconButton } from '../../components/button.tsx';
import { MenuButton } from '../../components/menu.tsx';
import { useMac } from '../../components/platform.ts';
import { formatKeys, runCommand } from '../../commands.ts';
import { selectedRows, useBrowser } from '../../stores/browser-store.ts';
import { goBack, goForward, presentPlace, usePlace } from '../../stores/place-store.ts';
import { strings } from '../../strings.ts';
import { AddressField } from './address-field.tsx';
import { FilterField } from './filter-field.tsx';

const words = strings.header;

export function Header() {
  const mac = useMac();
  const canGoBack = usePlace(({ index }) => index > 0);
  const canGoForward = usePlace(({ index, history }) => index < history.length - 1);
  const nowhere = usePlace((state) => presentPlace(state) === null);
  const oneFile = useBrowser((state) => state.selection.paths.size === 1 && selectedRows(state)[0]?.kind === 'file');
  return (
    <header className="header">
      <h1 className="header-name">{strings.app.name}</h1>
      <div className="header-history">
        <IconButton label={words.back} hint={formatKeys('Alt+ArrowLeft', mac)} icon={ChevronLeft} disabled={!canGoBack} onPress={goBack} />
        <IconButton label={words.forward} hint={formatKeys('Alt+ArrowRight', mac)} icon={ChevronRight} disabled={!canGoForward} onPress={goForward} />
      </div>
      <AddressField />
      <FilterField />
      <Button icon={ShieldCheck} tip={words.verifyTip} unavailable={oneFile ? null : words.verifyNothing} onPress={() => runCommand('compare')}>{words.verify}</Button>
      <MenuButton
        label={words.upload}
        look="accent"
        icon={Upload}
        disabled={nowhere}
        entries={[
          { id: 'files', title: words.uploadFiles, icon: Files, keys: formatKeys('Mod+U', mac), run: () => runCommand('upload files') },
          { id: 'folder', title: words.uploadFolder, icon: FolderUp, keys: formatKeys('Mod+Shift+U', mac), run: () => runCommand('upload folder') },
        ]}
      />
    </header>
  );
}
