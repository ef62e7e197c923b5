import { afterAll, describe, test } from 'vitest';
import type { ConformanceCase, ConformanceHarness } from './conformance-harness.ts';
import { FAILING } from './failing.ts';
import { LIMITS } from './limits.ts';
import { LOCATIONS } from './locations.ts';
import { NAMES } from './names.ts';
import { PROVING } from './proving.ts';
import { READING } from './reading.ts';
import { RESUMING } from './resuming.ts';
import { SAVING } from './saving.ts';
import { UPDATING } from './updating.ts';

export type { ConformanceCase, ConformanceHarness, OpenOverrides } from './conformance-harness.ts';
export { ODD_NAMES } from './names.ts';

/** Everything that a backend owes, by theme. */
export const CONFORMANCE: Readonly<Record<string, readonly ConformanceCase[]>> = {
  saving: SAVING,
  limits: LIMITS,
  failing: FAILING,
  proving: PROVING,
  reading: READING,
  updating: UPDATING,
  resuming: RESUMING,
  names: NAMES,
  locations: LOCATIONS,
};

/** The cases that say something with this harness. */
export function casesFor(harness: ConformanceHarness): readonly (readonly [string, readonly ConformanceCase[]])[] {
  return Object.entries(CONFORMANCE).map(([theme, cases]) => [theme, cases.filter(({ needs }) => needs === undefined || harness[needs] !== undefined)] as const);
}

/** Declares the whole suite for one backend; the only line that a backend's test needs beside its harness. */
export function describeBackend(name: string, harness: ConformanceHarness): void {
  describe(`${name} keeps the contract`, () => {
    afterAll(() => harness.close());
    for (const [theme, cases] of casesFor(harness)) {
      describe(theme, () => {
        for (const { name: obligation, run } of cases) test(obligation, () => run(harness));
      });
    }
  });
}
