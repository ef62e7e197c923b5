import type { HttpClient } from '../../http/http-client.ts';
import type { OperationOptions } from '../../storage-backend.ts';
import type { SwiftLimits } from './limits.ts';
import type { Place } from './names.ts';
import type { SegmentStore } from './segment-store.ts';
import type { SwiftSession } from './session.ts';
import type { SegmentPlace } from './upload-note.ts';

/** What a probe of a container works with. */
export interface ProbeOptions extends OperationOptions {
  readonly client: HttpClient;
  /** asks the same server without a token */
  readonly plain: HttpClient;
  readonly session: Pick<SwiftSession, 'serverNow'>;
  readonly place: Place;
  readonly limits: SwiftLimits;
  readonly readOnly: boolean;
  storeAt(place: SegmentPlace): SegmentStore;
}
