import { describe, it, type TestContext } from 'vitest';
import { SERVERS, type ServerName, whyMissing } from './installed.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** why a test did not run; the summary of `npm test` counts by it */
    whySkipped?: string;
  }
}

/**
 * Tests against real servers. Where one of them is missing there is one skipped test instead, named e.g. `OpenSSH not installed`, which the
 * summary of `npm test` names too; with `CI=true` that test fails.
 */
export function describeServer(names: ServerName | readonly ServerName[], body: () => void): void {
  const wanted = typeof names === 'string' ? [names] : names;
  const missing = wanted.map(whyMissing).filter((why) => why !== null);
  describe(wanted.map((name) => SERVERS[name].title).join(' and '), () => {
    if (missing.length === 0) return body();
    const why = missing.join(', ');
    it(why, (context) => missingHere(context, why));
  });
}

/**
 * Ends a test that cannot run on this machine, e.g. because it must mount a small disk, with the reason in the summary.
 *
 * @throws always; with `CI=true` a failure
 */
export function missingHere(context: TestContext, why: string): never {
  if (process.env['CI'] === 'true') throw new Error(`${why}. With CI=true every test must run.`);
  context.task.meta.whySkipped = why;
  return context.skip(why);
}
