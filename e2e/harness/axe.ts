import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';

const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface WithAxe {
  axe?: { run(context: Document, options: object): Promise<AxeResults> };
}

/** What axe finds serious or critical in the window now, a line each. The script goes in by the debugger, which the page's policy does not bind. */
export async function seriousViolations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => (window as WithAxe).axe !== undefined))) await page.evaluate(await readFile(source, 'utf8'));
  return page.evaluate(async () => {
    const results = await (window as WithAxe).axe?.run(document, { resultTypes: ['violations'] });
    if (results === undefined) return ['axe is not there'];
    return results.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`));
  });
}
