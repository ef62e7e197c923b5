import type { TransfersOverview } from '../../shared/ipc/views.ts';

/** One line on a terminal that is written over and over; nothing where there is no terminal. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #enabled: boolean;

  constructor(stream: NodeJS.WriteStream, wanted: boolean) {
    this.#stream = stream;
    this.#enabled = wanted && stream.isTTY;
  }

  /** Of one batch, though the journal may hold others. */
  show({ batches, bytesPerSecond, secondsLeft }: TransfersOverview, batchId: string): void {
    const counts = batches.find(({ id }) => id === batchId)?.counts;
    if (!this.#enabled || counts === undefined) return;
    const left = secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`;
    this.#stream.write(`\r\u001b[K${counts.done} done, ${counts.transferring + counts.verifying} active, ${counts.queued} queued, ${counts.failed} failed, ${(bytesPerSecond / 1e6).toFixed(1)} MB/s${left}`);
  }

  end(): void {
    if (this.#enabled) this.#stream.write('\r\u001b[K');
  }
}
