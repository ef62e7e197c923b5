import type { TestInfo } from '@playwright/test';
import { type ServerName, whyMissing } from '../servers/real/installed.ts';

/**
 * Ends a test that needs servers which are not here, with the reason in the summary of `npm test`.
 *
 * @throws with `CI=true` a failure: every test must run there
 */
export function requireServers(testInfo: TestInfo, needs: readonly ServerName[]): void {
  const missing = needs.map(whyMissing).filter((why) => why !== null).join(', ');
  if (missing === '') return;
  if (process.env['CI'] === 'true') throw new Error(`${missing}. With CI=true every test must run.`);
  testInfo.skip(true, missing);
}
