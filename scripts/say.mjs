/**
 * One line for the person at the terminal. Always on standard error: standard output belongs to the program that a command runs.
 *
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`holdfast: ${line}\n`);
}

/** Something that the person must change; its message is all that is printed. */
export class SetupError extends Error {}

/**
 * Runs a command's main function; a SetupError becomes one line and exit code 1.
 *
 * @param {() => Promise<number>} main resolves with the exit code
 */
export async function runCommand(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
