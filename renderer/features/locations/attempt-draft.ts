import type { BackendView, LocationView } from '../../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { MAIN_SECRET, type ProbeReport } from '../../../shared/storage/location.ts';
import { errorRecord, request } from '../../bridge.ts';
import { acceptLocation } from '../../stores/locations-store.ts';
import { goTo } from '../../stores/place-store.ts';
import type { LocationDraft, Problem } from './location-draft.ts';

export type Attempt = 'testing' | 'saving';

/** How the last press of Test or Save ended. */
export type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'busy'; readonly what: Attempt }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] }
  | { readonly kind: 'tested'; readonly report: ProbeReport }
  | { readonly kind: 'failed'; readonly error: ErrorRecord; readonly what: Attempt };

/** @param location the one that is edited; null to add one @returns null when it is saved */
export async function attemptDraft(what: Attempt, draft: LocationDraft, location: LocationView | null): Promise<Outcome | null> {
  try {
    if (what === 'testing') return { kind: 'tested', report: await request('locations.test', { draft, ...(location === null ? {} : { id: location.id }) }) };
    const answer = location === null ? await request('locations.add', draft) : await request('locations.update', { id: location.id, draft });
    acceptLocation(answer);
    if (location === null) goTo({ locationId: answer.id, path: '' });
    return null;
  } catch (error) {
    return { kind: 'failed', error: errorRecord(error), what };
  }
}

/** What is wrong, at the field where it is wrong; nothing when main names none that the form has. */
export function problemsOf(outcome: Outcome, { fields }: BackendView): readonly Problem[] {
  if (outcome.kind === 'problems') return outcome.problems;
  if (outcome.kind !== 'failed') return [];
  const { message, context } = outcome.error;
  const known = ['name', 'uri', MAIN_SECRET, 'sizeLimit', ...fields.map(({ key }) => key)];
  const field = known.find((key) => key === context['field']);
  return field === undefined ? [] : [{ field, text: message }];
}
