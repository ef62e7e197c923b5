import type { Checksum } from '../../shared/storage/checksum.ts';
import { StorageError } from '../../shared/storage/errors.ts';
import type { Job, JobResult } from './job.ts';
import type { RunHandlers, Runner } from './runner.ts';

const EMPTY: Checksum = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export interface Run {
  readonly job: Job;
  readonly handlers: RunHandlers;
  end(result: JobResult): void;
}

/** For tests: moves no bytes; each run ends when the test says so. An aborted run ends as a real one does. */
export class ScriptedRunner implements Runner {
  /** runs under way, oldest first */
  readonly active: Run[] = [];
  readonly begun: string[] = [];
  most = 0;
  #answer: ((job: Job) => JobResult | null) | null = null;

  /** From now on runs end by themselves with that result; null: they wait. */
  answer(answer: (job: Job) => JobResult | null): void {
    this.#answer = answer;
  }

  run(job: Job, handlers: RunHandlers): Promise<JobResult> {
    this.begun.push(job.source);
    return new Promise((resolve) => {
      const run: Run = {
        job,
        handlers,
        end: (result) => {
          const index = this.active.indexOf(run);
          if (index >= 0) this.active.splice(index, 1);
          resolve(result);
        },
      };
      this.active.push(run);
      this.most = Math.max(this.most, this.active.length);
      const canceled = (): void => run.end(failure(new StorageError('canceled', 'Canceled.')));
      if (handlers.signal.aborted) canceled();
      else handlers.signal.addEventListener('abort', canceled, { once: true });
      const result = this.#answer?.(job) ?? null;
      if (result !== null) setImmediate(() => run.end(result));
    });
  }

  prepare(): void {
    // nothing takes a while
  }

  discard(): Promise<void> {
    return Promise.resolve();
  }

  forget(): void {
    // remembers nothing
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function stored(job: Job): JobResult {
  return {
    kind: 'stored',
    source: { endpoint: { kind: 'local', path: job.source }, uri: '', size: 0, modifiedBefore: null, modifiedAfter: null },
    destination: { endpoint: { kind: 'location', locationId: job.locationId, path: job.destination }, locationName: 'Archive', uri: '', versionId: null },
    place: job.destination, size: 0, checksums: { sha256: EMPTY },
    evidence: [{ level: 0, algorithm: null, by: 'server', at: '2026-11-24T00:00:00.000Z', value: null, size: 0 }],
    resumed: [],
    proven: { path: job.destination, size: 0, modified: null },
  };
}

export function failure(error: StorageError, published: string | null = null): JobResult {
  return { kind: 'failed', error: error.toRecord(), published, mismatch: null };
}
