import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import type { Progress } from '../../../shared/transfers/transfer.ts';
import type { Rung } from '../../integrity/ladder.ts';
import type { ConnectedPlace } from '../../storage/connected-place.ts';
import type { ProxyAddress } from '../../storage/network/proxy.ts';
import type { UploadNews } from '../../storage/uploads-of-threads.ts';
import type { Job, JobResult } from '../job.ts';
import type { Leftover } from '../leftover.ts';
import type { Discarding } from '../runner.ts';

/** What a thread is started with. */
export interface ThreadData {
  readonly pluginFolder: string;
  readonly enabledPlugins: readonly string[];
  readonly uploads: readonly UploadNews[];
  /** of the bandwidth that all threads share */
  readonly bandwidth: SharedArrayBuffer;
  /** see `setBudgetShare` */
  readonly budgetShare: number;
}

export type ToThread =
  /** before the first job that needs the place, and again when its generation is another one */
  | { readonly kind: 'place'; readonly place: ConnectedPlace }
  | { readonly kind: 'run'; readonly id: number; readonly job: Job }
  /** `suspended`: the process is about to end, what is there is to be gone on with */
  | { readonly kind: 'abort'; readonly id: number; readonly suspended: boolean }
  | { readonly kind: 'discard'; readonly id: number; readonly left: Discarding }
  | { readonly kind: 'forget'; readonly batchId: string }
  | { readonly kind: 'disconnect'; readonly locationId: string }
  | { readonly kind: 'proxy'; readonly id: number; readonly address: ProxyAddress | null }
  | { readonly kind: 'no proxy'; readonly id: number; readonly error: ErrorRecord }
  | { readonly kind: 'uploads'; readonly news: UploadNews }
  | { readonly kind: 'close' };

export type JobEvent =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'rung'; readonly rung: Rung }
  | { readonly type: 'leftover'; readonly leftover: Leftover };

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'events'; readonly id: number; readonly events: readonly JobEvent[] }
  /** `connected`: false when the thread could not connect to the place, whatever the job came to */
  | { readonly kind: 'ended'; readonly id: number; readonly events: readonly JobEvent[]; readonly result: JobResult; readonly connected: boolean }
  | { readonly kind: 'discarded'; readonly id: number; readonly error: ErrorRecord | null }
  | { readonly kind: 'ask proxy'; readonly id: number; readonly url: string }
  | { readonly kind: 'uploads'; readonly news: UploadNews };
