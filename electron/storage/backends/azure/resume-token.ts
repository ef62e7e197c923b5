import type { BlockPlan } from './block-plan.ts';
import { MAX_BLOCK } from './block-plan.ts';

/** What a later save needs to find and understand the blocks of this one. */
export interface ResumeToken extends BlockPlan {
  /** 16 hexadecimal digits */
  readonly upload: string;
}

export function formatToken({ upload, block, grows }: ResumeToken): string {
  return JSON.stringify({ v: 1, upload, block, grows });
}

/** It comes from outside. @returns null for everything that {@link formatToken} did not write */
export function parseToken(text: string | null): ResumeToken | null {
  if (text === null || text.length > 200) return null;
  try {
    const { v, upload, block, grows } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (v !== 1 || typeof upload !== 'string' || !/^[0-9a-f]{16}$/.test(upload) || typeof grows !== 'boolean') return null;
    return typeof block === 'number' && Number.isSafeInteger(block) && block > 0 && block <= MAX_BLOCK ? { upload, block, grows } : null;
  } catch {
    return null;
  }
}
