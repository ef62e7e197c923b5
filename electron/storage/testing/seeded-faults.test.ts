import { describe, expect, test } from 'vitest';
import { memoryHarness } from '../backends/memory/memory-harness.ts';
import { CONFORMANCE } from './conformance.ts';
import type { Fault } from './fixtures/fault.ts';
import { PLACED_WRONG } from './fixtures/placed-wrong.ts';
import { READ_WRONG } from './fixtures/read-wrong.ts';
import { RESUMED_WRONG } from './fixtures/resumed-wrong.ts';
import { SAID_WRONG } from './fixtures/said-wrong.ts';
import { STORED_WRONG } from './fixtures/stored-wrong.ts';
import { UPDATED_WRONG } from './fixtures/updated-wrong.ts';

const FAULTS: readonly Fault[] = [...STORED_WRONG, ...READ_WRONG, ...UPDATED_WRONG, ...RESUMED_WRONG, ...SAID_WRONG, ...PLACED_WRONG];
const CASES = new Map(Object.values(CONFORMANCE).flatMap((cases) => cases.map((each) => [each.name, each] as const)));

function harnessOf({ Location, moves, serverDigest, without }: Fault) {
  return memoryHarness({ Location, ...(moves && { moves }), capabilities: { ...(serverDigest && { serverDigest }), ...(without && { [without]: false }) } });
}

describe.each(FAULTS)('a backend that $name', (fault) => {
  test(`is caught by "${fault.caughtBy}"`, async () => {
    const obligation = CASES.get(fault.caughtBy);
    if (obligation === undefined) throw new Error('The suite has no such case.');
    await obligation.run(memoryHarness({ ...(fault.moves && { moves: fault.moves }) }));
    await expect(obligation.run(harnessOf(fault))).rejects.toThrow(fault.because);
  });
});
