import { adviceFor } from '../../shared/storage/error-advice.ts';
import type { ErrorRecord } from '../../shared/storage/errors.ts';
import { trustOfferOf } from '../../shared/storage/trust-offer.ts';
import type { Output } from './output.ts';

/** What went wrong with the files of a batch. What to do about it is told once for each kind of failure, however many files had it. */
export class Failures {
  readonly #kinds = new Map<string, { readonly first: ErrorRecord; files: number }>();

  add(error: ErrorRecord): void {
    const { title, nextStep } = adviceFor(error);
    const key = JSON.stringify([title, nextStep, trustOfferOf(error)]);
    const kind = this.#kinds.get(key) ?? { first: error, files: 0 };
    kind.files += 1;
    this.#kinds.set(key, kind);
  }

  tell(output: Output): void {
    for (const { first, files } of this.#kinds.values()) {
      output.note(`${adviceFor(first).title} (${files === 1 ? '1 file' : `${files} files`}): ${first.message}`);
      output.advise(first);
    }
  }
}
