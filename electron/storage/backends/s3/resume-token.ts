import { MAX_PART_SIZE, MIN_PART_SIZE } from './part-size.ts';

/** What a later save needs to go on with an upload in parts; no secret. */
export interface ResumeToken {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  /** what the object's metadata will say once it is complete, so that its completion can be seen afterwards */
  readonly mark: string;
  /** bytes of every part but the last */
  readonly partSize: number;
  /** bytes of the whole file */
  readonly size: number;
}

const MAX_TOKEN = 8192;

export function formatToken(token: ResumeToken): string {
  return JSON.stringify(token);
}

/** @returns null for everything that is no token of this backend */
export function parseToken(text: string): ResumeToken | null {
  if (text.length > MAX_TOKEN || !text.startsWith('{')) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { bucket, key, uploadId, mark, partSize, size } = value as Readonly<Record<string, unknown>>;
  if (typeof bucket !== 'string' || typeof key !== 'string' || typeof uploadId !== 'string' || uploadId === '' || typeof mark !== 'string' || !/^[0-9a-f-]{36}$/.test(mark)) return null;
  if (!isCount(partSize) || partSize < MIN_PART_SIZE || partSize > MAX_PART_SIZE || !isCount(size)) return null;
  return { bucket, key, uploadId, mark, partSize, size };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
