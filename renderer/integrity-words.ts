import type { Evidence } from '../shared/storage/evidence.ts';
import { EVIDENCE_WORDS, bestEvidence } from '../shared/storage/evidence.ts';
import type { IntegrityState } from '../shared/ipc/views.ts';

/** `proven` green, `caution` amber, `bad` red, `none` grey; each is always shown with an icon and the words. */
export type Tone = 'proven' | 'caution' | 'bad' | 'none';

export interface IntegrityWord {
  readonly tone: Tone;
  /** names the level and, where there is one, the algorithm; never a bare claim */
  readonly text: string;
}

/** What may be said of a file in one badge. */
export function integrityWord(state: IntegrityState): IntegrityWord {
  switch (state.kind) {
    case 'unknown':
      return { tone: 'none', text: 'not checked' };
    case 'mismatch':
      return { tone: 'bad', text: 'mismatch' };
    case 'changed':
      return { tone: 'caution', text: 'changed since proven' };
    case 'proven':
      return state.level === 0
        ? { tone: 'caution', text: EVIDENCE_WORDS[0] }
        : { tone: 'proven', text: state.algorithm === null ? EVIDENCE_WORDS[state.level] : `${state.algorithm} · ${EVIDENCE_WORDS[state.level]}` };
  }
}

/** The badge of a finished transfer: its best evidence. */
export function evidenceWord(evidence: readonly Evidence[]): IntegrityWord {
  const best = bestEvidence(evidence);
  if (best === null) return integrityWord({ kind: 'unknown' });
  return integrityWord({ kind: 'proven', level: best.level, algorithm: best.algorithm, checksum: best.value, at: best.at });
}

/** Order for sorting by integrity: what needs a look comes first. */
export function integrityRank(state: IntegrityState): number {
  switch (state.kind) {
    case 'mismatch':
      return 0;
    case 'changed':
      return 1;
    case 'unknown':
      return 2;
    case 'proven':
      return 3 + state.level;
  }
}
