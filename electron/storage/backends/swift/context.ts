import { StorageError } from '../../../../shared/storage/errors.ts';
import type { HttpClient } from '../../http/http-client.ts';
import type { BackendContext } from '../../storage-backend.ts';
import type { ActiveUploads } from './active-uploads.ts';
import type { Findings } from './findings.ts';
import type { SwiftLimits } from './limits.ts';
import type { Place } from './names.ts';
import type { ByteBudget } from '../../byte-budget.ts';
import type { SegmentStore } from './segment-store.ts';
import type { SwiftSession } from './session.ts';
import type { SegmentPlace } from './upload-note.ts';

/** A connected location, for its files. */
export interface SwiftContext extends BackendContext {
  readonly client: HttpClient;
  readonly session: SwiftSession;
  readonly place: Place;
  readonly limits: SwiftLimits;
  readonly findings: Findings;
  readonly budget: ByteBudget;
  /** ids of the uploads under way in this program */
  readonly active: ActiveUploads;
  /** nothing is ever written, whatever the server would allow */
  readonly readOnly: boolean;
  storeAt(place: SegmentPlace): SegmentStore;
}

export function requireWritable({ readOnly, findings, place }: Pick<SwiftContext, 'readOnly' | 'findings' | 'place'>): void {
  if (readOnly) throw new StorageError('permission_denied', `This location is set to read only: nothing is written to ${place.root}.`, { context: { uri: place.root, reason: 'location_read_only' } });
  if (findings.full) throw new StorageError('out_of_space', `There was no room for even a small object when ${place.root} was opened: remove something, then open it again. ${findings.notTried ?? ''}`.trim(), { context: { uri: place.root } });
  if (!findings.write) throw new StorageError('permission_denied', `Nothing can be written to ${place.root}: ${findings.notTried ?? 'the server refuses it'}`, { context: { uri: place.root } });
}

/** As {@link requireWritable}, for what only removes: a full container lets that be. */
export function requireRemovable(context: Pick<SwiftContext, 'readOnly' | 'findings' | 'place'>): void {
  if (context.readOnly || !context.findings.full) requireWritable(context);
}
