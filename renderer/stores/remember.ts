/** Small wishes about the window (sizes, sort order) that outlive it. Never data: losing them costs nothing. */

const PREFIX = 'holdfast.';

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // a full or forbidden store costs only the memory of a panel's size
  }
}

/** @returns null when nothing (readable) was remembered; the caller checks the shape */
export function recall(key: string): unknown {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
