/** What a later save needs to go on: where the upload is, and digests of what was sent to it, by which it knows the source again. */
export interface ResumeToken {
  readonly url: string;
  /** bytes that the server had acknowledged */
  readonly at: number;
  /** sha256 of these bytes, in hexadecimal digits */
  readonly sha256: string;
  /** parts before `at` whose digests the server compared; null when it compared none */
  readonly checked: number | null;
  /** of the bytes sent after them: beginnings of the sha256 of everything up to each place */
  readonly marks: readonly Mark[];
}

export interface Mark {
  /** bytes from the beginning of the file */
  readonly at: number;
  /** the first 16 hexadecimal digits */
  readonly sha256: string;
}

export const MARK_DIGITS = 16;

/** Marks of one part of 64 MiB every 64 KiB, and what is around them. */
const MAX_LENGTH = 64 * 1024;

export function formatToken({ url, at, sha256, checked, marks }: ResumeToken): string {
  return JSON.stringify({ v: 1, url, at, sha256, checked, marks: marks.map((mark) => [mark.at, mark.sha256]) });
}

/** It comes from outside. @param endpoint the upload must be on the same server @returns null for everything that {@link formatToken} did not write */
export function parseToken(text: string | null, endpoint: string): ResumeToken | null {
  if (text === null || text.length > MAX_LENGTH) return null;
  try {
    const { v, url, at, sha256, checked, marks } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (v !== 1 || typeof url !== 'string' || new URL(url).origin !== new URL(endpoint).origin || !isPlace(at) || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256) || !Array.isArray(marks) || (checked !== null && !isPlace(checked))) return null;
    const read: Mark[] = [];
    for (const mark of marks as readonly unknown[]) {
      if (!Array.isArray(mark) || !isPlace(mark[0]) || typeof mark[1] !== 'string' || !/^[0-9a-f]{16}$/.test(mark[1]) || mark[0] <= (read.at(-1)?.at ?? at)) return null;
      read.push({ at: mark[0], sha256: mark[1] });
    }
    return { url, at, sha256, checked, marks: read };
  } catch {
    return null;
  }
}

function isPlace(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
