/** Time, so that tests need not wait for it. */
export interface Clock {
  /** milliseconds since 1970 */
  now(): number;
  /** Runs the action once after so many milliseconds; does not keep the process alive. @returns cancels it */
  after(milliseconds: number, action: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
