import { isKeptName } from '../../partial-name.ts';

/** What the journal keeps of an upload in chunks. */
export interface ChunkToken {
  /** temporary name; the folder of the chunks is named after it */
  readonly name: string;
  /** bytes of every chunk but the last */
  readonly chunk: number;
  /** bytes that the server took, to the end of a chunk */
  readonly bytes: number;
  /** of those bytes, in hexadecimal digits; empty when there are none */
  readonly sha256: string;
}

const LONGEST = 300;

export function formatChunkToken({ name, chunk, bytes, sha256 }: ChunkToken): string {
  return JSON.stringify({ name, chunk, bytes, sha256 });
}

/** @returns null for everything that {@link formatChunkToken} did not make */
export function parseChunkToken(text: string): ChunkToken | null {
  const value = text.length > LONGEST ? null : parsed(text);
  if (typeof value !== 'object' || value === null) return null;
  const { name, chunk, bytes, sha256 } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || !isKeptName(name) || !isCount(chunk) || chunk === 0 || !isCount(bytes)) return null;
  if (typeof sha256 !== 'string' || !(bytes === 0 ? /^$/ : /^[0-9a-f]{64}$/).test(sha256)) return null;
  return { name, chunk, bytes, sha256 };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
