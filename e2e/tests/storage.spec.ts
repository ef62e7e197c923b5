import { expect, test } from '@playwright/test';
import { requireServers } from '../harness/missing.ts';
import { proveTarget } from '../storage/prove-target.ts';
import { TARGETS } from '../storage/targets/targets.ts';

const MIB = 1024 * 1024;

/** The short form of `npm run soak -- storage`: the same code with small files, one cut and one server of each protocol. */
for (const target of TARGETS.filter(({ short }) => short)) {
  test(`${target.title}: what is stored is proven, a cut goes on, a changed byte is never called right, refusals are clear`, async ({}, testInfo) => {
    requireServers(testInfo, target.needs);
    test.setTimeout(240_000);
    const { problems, peak } = await proveTarget(target, { size: 40 * MIB, cutAt: [50] });
    expect(problems).toEqual([]);
    expect(peak, 'memory of all processes of a command, in bytes').toBeLessThan(450 * MIB);
  });
}
