import { Hash } from 'lucide-react';
import { useCallback, useRef, useState } from 'react';
import type { FileRow, LocationView } from '../../../shared/ipc/views.ts';
import type { HashName } from '../../../shared/storage/checksum.ts';
import { DEFAULT_HASH, HASH_NAMES, isHashName } from '../../../shared/storage/checksum.ts';
import { runCheck } from '../../actions/check-actions.ts';
import { Button } from '../../components/button.tsx';
import { Digest } from '../../components/digest.tsx';
import { SelectField } from '../../components/fields.tsx';
import { useTakeFocus } from '../../components/use-focus-wish.ts';
import { checkKey, useChecks } from '../../stores/checks-store.ts';
import { strings } from '../../strings.ts';
import { CheckFailed, FoundHow, Running } from './check-parts.tsx';

const words = strings.inspector;
type Method = 'ask' | 'read back';

/** Computes a digest of the stored bytes: by the storage where it can, else by downloading them, which is said before. */
export function ChecksumSection({ row, location }: { readonly row: FileRow; readonly location: LocationView | null }) {
  const computes = location?.capabilities?.serverDigest ?? [];
  const [algorithm, setAlgorithm] = useState<HashName>(computes.includes(DEFAULT_HASH) ? DEFAULT_HASH : (computes[0] ?? DEFAULT_HASH));
  const [wished, setWished] = useState<Method>('ask');
  const check = useChecks(({ checks }) => (location === null ? undefined : checks.get(checkKey(location.id, row.path))));
  const section = useRef<HTMLDivElement>(null);
  useTakeFocus('checksum', useCallback(() => {
    section.current?.scrollIntoView({ block: 'nearest' });
    section.current?.querySelector<HTMLElement>('.compute button')?.focus();
  }, []));
  if (location === null) return null;
  const canAsk = computes.includes(algorithm);
  const method: Method = canAsk ? wished : 'read back';
  const compute = () => void runCheck(location.id, row.path, { kind: 'checksum', algorithm, readBack: method === 'read back' });
  return (
    <div ref={section} className="checksum-section">
      <h3 className="section-title">{words.computeChecksum}</h3>
      <div className="field-row">
        <SelectField
          label={words.algorithm}
          hideLabel
          value={algorithm}
          choices={HASH_NAMES.map((name) => ({ value: name, label: name, ...(computes.includes(name) ? { note: words.byServer } : {}) }))}
          onChange={(value) => isHashName(value) && setAlgorithm(value)}
        />
        <SelectField
          label={words.method}
          hideLabel
          value={method}
          choices={[{ value: 'ask', label: words.askServer, disabled: !canAsk, ...(canAsk ? {} : { note: words.cannotAsk(algorithm) }) }, { value: 'read back', label: words.readBack }]}
          onChange={(value) => setWished(value === 'ask' ? 'ask' : 'read back')}
        />
        <div className="compute"><Button icon={Hash} onPress={compute}>{words.compute}</Button></div>
      </div>
      <p className="note">{method === 'ask' ? words.askServerNote : words.readBackNote(row.size)}</p>
      {check?.question.kind === 'checksum' && (
        <>
          {check.answer.kind === 'running' && <Running answer={check.answer} title={words.computing(check.question.algorithm)} />}
          {check.answer.kind === 'failed' && <CheckFailed error={check.answer.error} />}
          {check.answer.kind === 'checksum' && (
            <div className="result" role="status">
              <Digest checksum={check.answer.result.checksum} title={words.result} />
              <FoundHow evidence={check.answer.result.evidence} />
            </div>
          )}
        </>
      )}
    </div>
  );
}
