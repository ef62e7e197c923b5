import type { TransfersOverview } from '../../shared/ipc/views.ts';

/** One line on a terminal that is written over and over; nothing where there is no terminal. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #enabled: boolean;

  constructor(stream: NodeJS.WriteStream, wanted: boolean) {
    this.#stream = stream;
    this.#enabled = wanted && stream.isTTY;
  }

  show({ counts, bytesPerSecond, secondsLeft }: TransfersOverview): void {
    if (!this.#enabled) return;
    const left = secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`;
    this.#stream.write(`\r\u001b[K${counts.done} done, ${counts.transferring + counts.verifying} active, ${counts.queued} queued, ${counts.failed} failed, ${(bytesPerSecond / 1e6).toFixed(1)} MB/s${left}`);
  }

  end(): void {
    if (this.#enabled) this.#stream.write('\r\u001b[K');
  }
}
