import { SetupError } from './say.mjs';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {readonly string[]} [whySkipped] of each skipped test the reason
 *
 * @typedef {object} StepResult
 * @property {string} name
 * @property {number} code its exit code
 * @property {Counts | null} [counts] for a test runner: what its report says, null when it wrote none
 */

/**
 * Runs steps up to the first that fails and prints what became of them; the last line is `N passed, N failed` over all test runners.
 *
 * @param {readonly (() => Promise<StepResult>)[]} steps
 * @param {(line: string) => void} [show]
 * @returns {Promise<number>} the exit code
 */
export async function runSteps(steps, show = (line) => void process.stdout.write(`${line}\n`)) {
  /** @type {StepResult[]} */
  const results = [];
  for (const step of steps) {
    const result = await step().catch((error) => asFailedStep(error, show));
    results.push(result);
    if (isFailed(result)) break;
  }
  show('');
  for (const line of summaryLines(results, steps.length)) show(line);
  return results.some(isFailed) ? 1 : 0;
}

/**
 * @param {readonly StepResult[]} results
 * @param {number} planned how many steps there would have been
 */
export function summaryLines(results, planned) {
  const lines = results.flatMap((result) => [`${result.name}: ${result.counts ? countsText(result.counts) : isFailed(result) ? 'failed' : 'passed'}`, ...skipLines(result.counts?.whySkipped ?? [])]);
  if (results.length < planned) lines.push(`not run after this failure: ${planned - results.length} more`);
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const result of results) {
    total.passed += result.counts?.passed ?? 0;
    total.failed += Math.max(result.counts?.failed ?? 0, isFailed(result) ? 1 : 0);
    total.skipped += result.counts?.skipped ?? 0;
  }
  return [...lines, countsText(total)];
}

/**
 * @typedef {object} VitestReport
 * @property {boolean} success
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {readonly { assertionResults: readonly { status: string, title: string, meta?: { whySkipped?: string } }[] }[]} testResults
 *
 * @param {VitestReport | null} report
 * @returns {Counts | null}
 */
export function countVitest(report) {
  if (report === null) return null;
  const ran = ['passed', 'failed'];
  return {
    passed: report.numPassedTests,
    // A file that cannot even be loaded has no failed test, but the report is no success.
    failed: Math.max(report.numFailedTests, report.success ? 0 : 1),
    skipped: report.numPendingTests + report.numTodoTests,
    whySkipped: report.testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => !ran.includes(status)).map(({ title, meta }) => meta?.whySkipped ?? title)),
  };
}

/**
 * @typedef {object} PlaywrightSuite
 * @property {readonly PlaywrightSuite[]} [suites]
 * @property {readonly { readonly tests: readonly { readonly status: string, readonly annotations: readonly { readonly type: string, readonly description?: string }[] }[] }[]} [specs]
 *
 * @param {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, errors: readonly unknown[], suites?: readonly PlaywrightSuite[] } | null} report Playwright's
 * @returns {Counts | null}
 */
export function countPlaywright(report) {
  if (report === null) return null;
  const { expected, unexpected, flaky, skipped } = report.stats;
  return { passed: expected, failed: Math.max(unexpected + flaky, report.errors.length > 0 ? 1 : 0), skipped, whySkipped: (report.suites ?? []).flatMap(reasonsIn) };
}

/**
 * @param {PlaywrightSuite} suite
 * @returns {string[]}
 */
function reasonsIn({ suites = [], specs = [] }) {
  const skipped = specs.flatMap(({ tests }) => tests).filter(({ status }) => status === 'skipped');
  return [...suites.flatMap(reasonsIn), ...skipped.map(({ annotations }) => annotations.find(({ type }) => type === 'skip')?.description ?? 'no reason given')];
}

/**
 * What a step needs may be missing; then the summary still comes last.
 *
 * @param {unknown} error
 * @param {(line: string) => void} show
 * @returns {StepResult}
 */
function asFailedStep(error, show) {
  if (!(error instanceof SetupError)) throw error;
  show(`holdfast: ${error.message}`);
  return { name: 'set-up', code: 1 };
}

/** @param {StepResult} result */
function isFailed({ code, counts }) {
  return code !== 0 || counts === null || (counts?.failed ?? 0) > 0;
}

/**
 * No skip without a word: one line for each reason.
 *
 * @param {readonly string[]} reasons
 */
function skipLines(reasons) {
  return [...new Set(reasons)].map((reason) => `  ${reasons.filter((one) => one === reason).length} skipped: ${reason}`);
}

/** @param {Counts} counts */
function countsText({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
