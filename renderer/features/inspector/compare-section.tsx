import { FileSearch } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { CompareResult, FileRow } from '../../../shared/ipc/views.ts';
import { compareWithLocal, runCheck } from '../../actions/check-actions.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Digest } from '../../components/digest.tsx';
import { formatExactBytes } from '../../format.ts';
import { checksumAlgorithm } from '../../../shared/storage/checksum.ts';
import type { Check } from '../../stores/checks-store.ts';
import { checkKey, useChecks } from '../../stores/checks-store.ts';
import { strings } from '../../strings.ts';
import { CheckFailed, FoundHow, Running } from './check-parts.tsx';

const words = strings.inspector;
const TONES = { match: 'proven', mismatch: 'bad', 'cannot tell': 'caution' } as const;

export function CompareSection({ row, locationId }: { readonly row: FileRow; readonly locationId: string }) {
  const check = useChecks(({ checks }) => checks.get(checkKey(locationId, row.path)));
  return (
    <>
      <h3 className="section-title">{words.compareWith}</h3>
      <div className="button-row"><Button icon={FileSearch} onPress={() => void compareWithLocal(locationId, row.path, row.size)}>{words.localFile}</Button></div>
      {check?.question.kind === 'compare' && <CompareAnswer check={check} question={check.question} row={row} locationId={locationId} />}
    </>
  );
}

interface CompareAnswerProps {
  readonly check: Check;
  readonly question: Extract<Check['question'], { kind: 'compare' }>;
  readonly row: FileRow;
  readonly locationId: string;
}

/** Comes into sight when it is asked for and when it is answered, but not when a file is only looked at again. */
function CompareAnswer(props: CompareAnswerProps) {
  const { kind } = props.check.answer;
  const box = useRef<HTMLDivElement>(null);
  const seen = useRef<typeof kind | null>(kind === 'running' ? null : kind);
  useEffect(() => {
    if (seen.current === kind) return;
    seen.current = kind;
    box.current?.scrollIntoView({ block: 'nearest' });
  }, [kind]);
  return <div ref={box}><AnswerBox {...props} /></div>;
}

function AnswerBox({ check: { answer }, question, row, locationId }: CompareAnswerProps) {
  if (answer.kind === 'running') return <Running answer={answer} title={words.comparing(question.localName)} />;
  if (answer.kind === 'failed') return <CheckFailed error={answer.error} />;
  if (answer.kind !== 'compare') return null;
  const { result } = answer;
  return (
    <div className={`result result-${TONES[result.verdict]}`} role="status">
      <div className="result-head">
        <Badge tone={TONES[result.verdict]} text={words.verdicts[result.verdict]} />
        <span className="result-name">{result.localName}</span>
      </div>
      <p>{result.reason}</p>
      <Sides result={result} />
      {result.verdict === 'cannot tell' && !question.readBack && (
        <>
          <p className="note">{words.readBackNote(row.size)}</p>
          <div className="button-row"><Button small onPress={() => void runCheck(locationId, row.path, { ...question, readBack: true })}>{words.readBackCompare}</Button></div>
        </>
      )}
    </div>
  );
}

function Sides({ result: { local, remote, verdict } }: { readonly result: CompareResult }) {
  const algorithm = remote.checksum === null ? null : checksumAlgorithm(remote.checksum);
  const ours = algorithm === null ? Object.values(local.checksums)[0] : local.checksums[algorithm];
  return (
    <>
      <dl className="facts">
        <dt>{words.local}</dt>
        <dd>{formatExactBytes(local.size)}</dd>
        <dt>{words.remote}</dt>
        <dd>{remote.size === null ? '—' : formatExactBytes(remote.size)}</dd>
      </dl>
      {ours !== undefined && <Digest checksum={ours} title={words.local} />}
      {remote.checksum !== null && <Digest checksum={remote.checksum} title={words.remote} {...(verdict === 'mismatch' ? { tone: 'bad' as const } : {})} />}
      {remote.evidence !== null && <FoundHow evidence={remote.evidence} />}
    </>
  );
}
