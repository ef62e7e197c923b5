import { tmpdir } from 'node:os';
import { EVIDENCE_WORDS } from '../../shared/storage/evidence.ts';
import { type Cut, type TargetRecord, mib } from './prove-target.ts';
import type { Moved } from './scenarios.ts';

/** What is kept of a run, also of one that found promises broken; no folder of the machine is told. */
export type TargetSummary = ReturnType<typeof summaryOf>;

export function summaryOf({ title, version, size, cutSize, capabilities, upload, download, sight, cuts, flips, peak, problems }: TargetRecord, at: Date) {
  const moved = ({ code, level, algorithm }: Moved) => ({ code, level, algorithm });
  return {
    title, version, size, cutSize, peak, capabilities, on: at.toISOString().slice(0, 10), upload: moved(upload), download: download && moved(download), sight, flips,
    problems: problems.map((problem) => problem.replaceAll(tmpdir(), '…')),
    cuts: cuts.map(({ direction, percent, code, attempts, extra, resumed }) => ({ direction, percent, code, attempts, extra, resumed })),
  };
}

/** What was found about each kind of storage on each server, in Markdown. Output of runs, never written by hand. */
export function targetsTable(records: readonly TargetSummary[]): string {
  return [
    'Written by `npm run soak -- storage --record docs/backends`; every cell is what a run found, nothing is assumed.',
    '',
    row(['Storage', 'Version', 'Run', 'File', 'Upload known by', 'Download known by', 'File that was cut', 'Upload went on after cuts', 'Download went on after cuts', 'A changed byte on the way up', 'and down', 'Most memory', 'Not as promised']),
    row(Array.from({ length: 13 }, () => '---')),
    ...records.map((record) =>
      row([record.title, record.version, record.on, mib(record.size), evidenceOf(record.upload), record.download === null ? `${NOTHING_BACK}; what was stored was compared ${record.sight}` : evidenceOf(record.download), mib(record.cutSize), cutsOf(record, 'up'), cutsOf(record, 'down'), flipOf(record, 'up'), flipOf(record, 'down'), mib(record.peak), record.problems.join('; ') || 'nothing']),
    ),
    '',
    row(['Storage', ...CAPABILITIES, 'digests it computes', 'largest file']),
    row(Array.from({ length: CAPABILITIES.length + 3 }, () => '---')),
    ...records.map(({ title, capabilities }) => row([title, ...CAPABILITIES.map((name) => (capabilities[name] ? 'yes' : 'no')), capabilities.serverDigest.join(', ') || 'none', capabilities.maximumSize === null ? 'not said' : mib(capabilities.maximumSize)])),
    '',
  ].join('\n');
}

const CAPABILITIES = ['read', 'list', 'makeDirectory', 'move', 'delete', 'rangeRead', 'initialize', 'update', 'resume', 'noOverwrite', 'atomicPublish', 'preserveModified', 'versions', 'link'] as const;

const NOTHING_BACK = 'gives nothing back';

function evidenceOf({ level, algorithm, code }: TargetSummary['upload']): string {
  if (level === null) return code === 0 ? 'nothing' : `failed (${code})`;
  return `${EVIDENCE_WORDS[level]}${algorithm === null ? '' : ` (${algorithm})`}`;
}

function cutsOf({ cuts, download }: TargetSummary, wanted: Cut['direction']): string {
  const seen = cuts.filter(({ direction }) => direction === wanted);
  if (seen.length === 0) return notTried(download, wanted);
  return seen
    .map(({ percent, resumed, extra, code, attempts }) => {
      const [last] = resumed.slice(-1);
      return `${percent} %: ${code !== 0 && code !== 4 ? `failed (${code})` : last === undefined ? `${attempts === 1 ? 'within the same try' : 'anew'}, ${mib(extra)} again` : `at ${mib(last.offset)} by ${last.proof} (${last.algorithm}), ${mib(Math.max(0, extra))} again`}`;
    })
    .join('; ');
}

function flipOf({ flips, download }: TargetSummary, wanted: Cut['direction']): string {
  return flips.find(({ direction }) => direction === wanted)?.outcome ?? notTried(download, wanted);
}

function notTried(download: TargetSummary['download'], wanted: Cut['direction']): string {
  return wanted === 'down' && download === null ? NOTHING_BACK : 'not tried here';
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
