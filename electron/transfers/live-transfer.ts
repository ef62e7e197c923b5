import type { Transfer, TransferStatus } from '../../shared/transfers/transfer.ts';
import type { TransferRow } from '../database/transfer-rows.ts';
import { SpeedMeter, secondsLeft } from './speed-meter.ts';
import { type TransferEvent, nextStatus } from './transfer-state.ts';
import { transferView } from './transfer-view.ts';

/** A transfer under way: what the journal does not know because it changes with every chunk. */
export class LiveTransfer {
  readonly row: TransferRow;
  readonly abort = new AbortController();
  /** resolves when the journal knows how it ended */
  readonly ended: Promise<void>;
  status: TransferStatus;
  /** somebody holds it back: the row alone, or it with its batch or with everything */
  suspended: 'row' | 'batch' | null = null;
  #meter: SpeedMeter;
  #end: () => void = () => undefined;

  constructor(row: TransferRow, now: number) {
    this.row = row;
    this.status = { state: 'transferring', progress: { bytes: 0, total: row.size } };
    this.#meter = new SpeedMeter(now);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  end(): void {
    this.#end();
  }

  /** @returns bytes that came over the line by this event */
  apply(event: Extract<TransferEvent, { readonly type: 'progress' | 'rung' }>, now: number): number {
    const before = this.status;
    const after = nextStatus(before, event);
    if (after === null) return 0;
    this.status = after;
    if (event.type === 'rung') {
      this.#meter = new SpeedMeter(now);
      return 0;
    }
    const gained = Math.max(0, event.progress.bytes - ('progress' in before ? before.progress.bytes : 0));
    this.#meter.add(gained, now);
    return before.state === 'transferring' ? gained : 0;
  }

  /** Bytes of the file that count as moved in the totals. */
  get bytesMoved(): number {
    if (this.status.state === 'transferring') return this.status.progress.bytes;
    return this.row.size ?? 0;
  }

  view(now: number): Transfer & { readonly bytesPerSecond: number | null; readonly secondsLeft: number | null } {
    const bytesPerSecond = this.#meter.rate(now);
    const progress = 'progress' in this.status ? this.status.progress : null;
    const left = progress === null || progress.total === null ? null : progress.total - progress.bytes;
    return { ...transferView(this.row, this.status), bytesPerSecond, secondsLeft: secondsLeft(left, bytesPerSecond) };
  }
}
