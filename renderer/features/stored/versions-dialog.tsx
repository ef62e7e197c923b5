import { Download, History } from 'lucide-react';
import { useState } from 'react';
import type { LocationView, SavedVersion } from '../../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import type { FileVersion } from '../../../shared/storage/file-instance.ts';
import { baseName } from '../../../shared/storage/path.ts';
import { saveVersion } from '../../actions/stored-actions.ts';
import { Button } from '../../components/button.tsx';
import { Dialog, DialogBody, DialogFoot } from '../../components/dialog.tsx';
import { Digest } from '../../components/digest.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { EvidenceList } from '../../components/evidence-list.tsx';
import { useRoute } from '../../components/use-route.ts';
import { formatBytes, formatDateExact } from '../../format.ts';
import { closeDialog } from '../../stores/dialog-store.ts';
import { strings } from '../../strings.ts';

const words = strings.versions;

type Saving = { readonly kind: 'none' } | { readonly kind: 'busy'; readonly versionId: string } | { readonly kind: 'saved'; readonly saved: SavedVersion } | { readonly kind: 'failed'; readonly error: ErrorRecord };

/** The versions that a storage keeps of a file; each that has bytes can be saved to this computer. */
export function VersionsDialog({ location, path }: { readonly location: LocationView; readonly path: string }) {
  const { answer, again } = useRoute('browse.versions', { locationId: location.id, path });
  const [saving, setSaving] = useState<Saving>({ kind: 'none' });
  const save = ({ versionId }: FileVersion) => {
    setSaving({ kind: 'busy', versionId });
    void saveVersion(location.id, path, versionId).then(({ value, error }) => setSaving(error !== null ? { kind: 'failed', error } : value === null ? { kind: 'none' } : { kind: 'saved', saved: value }));
  };
  return (
    <Dialog title={words.title(baseName(path))} onClose={closeDialog} width="large">
      <DialogBody>
        {answer.kind === 'loading' && <p className="muted" role="status">{strings.app.loading}</p>}
        {answer.kind === 'failed' && <ErrorPanel error={answer.error}><Button onPress={again}>{strings.app.tryAgain}</Button></ErrorPanel>}
        {answer.kind === 'ready' && answer.value.versions.length === 0 && <EmptyState icon={History} title={words.none} text={words.noneText} />}
        {answer.kind === 'ready' && (
          <ul className="stored-list" aria-label={words.list}>
            {answer.value.versions.map((version) => (
              <li key={version.versionId} className="stored-row">
                <span className="stored-main">
                  <span className="stored-line">
                    <span>{formatDateExact(version.modified)}</span>
                    {version.latest && <span className="tag">{words.latest}</span>}
                    {version.deleteMarker && <span className="tag tag-bad">{words.deleted}</span>}
                  </span>
                  <code className="stored-note" title={version.versionId}>{version.versionId}</code>
                </span>
                <span className="stored-size">{version.size === null ? '—' : formatBytes(version.size)}</span>
                {version.deleteMarker ? (
                  <span className="stored-action" />
                ) : (
                  <span className="stored-action">
                    <Button small icon={Download} name={words.saveOf(formatDateExact(version.modified))} busy={saving.kind === 'busy'} onPress={() => save(version)}>{saving.kind === 'busy' && saving.versionId === version.versionId ? words.saving : words.save}</Button>
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
        {answer.kind === 'ready' && answer.value.more && <p className="note">{words.more(answer.value.versions.length)}</p>}
      </DialogBody>
      <div className="dialog-outcome" aria-live="polite">
        {saving.kind === 'failed' && <ErrorPanel error={saving.error} kept={words.notSaved} />}
        {saving.kind === 'saved' && <Saved saved={saving.saved} />}
      </div>
      <DialogFoot><Button onPress={closeDialog}>{strings.app.close}</Button></DialogFoot>
    </Dialog>
  );
}

function Saved({ saved }: { readonly saved: SavedVersion }) {
  return (
    <div role="status" className="stored-saved">
      <p>{words.saved(saved.name)}</p>
      <EvidenceList evidence={saved.evidence} />
      <Digest checksum={saved.checksum} />
    </div>
  );
}
