import { spawn } from 'node:child_process';

/**
 * @typedef {object} Outcome
 * @property {number} code the exit code; 128 + the signal's number when a signal ended it, 127 when it could not be started
 * @property {string} output what it wrote, when `capture` was set
 */

/** @type {Readonly<Partial<Record<NodeJS.Signals, number>>>} */
const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
const stopSignals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;

/**
 * Runs a program to its end. A signal that asks this process to stop is handed on, so that no child outlives the command.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, capture?: boolean, quietOutput?: boolean, shell?: boolean, timeout?: number }} [options]
 *   `capture`: collect both outputs instead of showing them; `quietOutput`: show standard output as standard error; `timeout` in milliseconds
 * @returns {Promise<Outcome>}
 */
export function run(program, args, { cwd, env, capture = false, quietOutput = false, shell = false, timeout } = {}) {
  return new Promise((resolve) => {
    const stdio = capture ? ['ignore', 'pipe', 'pipe'] : ['inherit', quietOutput ? 2 : 'inherit', 'inherit'];
    const child = spawn(program, args, { cwd, env, shell, timeout, stdio: /** @type {import('node:child_process').StdioOptions} */ (stdio) });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));

    const handOn = (/** @type {NodeJS.Signals} */ signal) => {
      // Ctrl+C reaches the child by itself; handed on it would count twice.
      if (signal !== 'SIGINT' || !hasTerminal) child.kill(signal);
    };
    for (const signal of stopSignals) process.on(signal, handOn);
    const finish = (/** @type {Outcome} */ outcome) => {
      for (const signal of stopSignals) process.off(signal, handOn);
      resolve(outcome);
    };
    child.once('error', (error) => finish({ code: 127, output: output + error.message }));
    child.once('close', (code, signal) => finish({ code: code ?? 128 + (signalNumbers[/** @type {NodeJS.Signals} */ (signal)] ?? 0), output }));
  });
}

/**
 * Runs npm, the very one that started this command where there is one.
 *
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function npm(args, options = {}) {
  const self = process.env['npm_execpath'];
  if (self && /\.c?js$/.test(self)) return run(process.execPath, [self, ...args], options);
  return run('npm', args, { ...options, shell: process.platform === 'win32' });
}
