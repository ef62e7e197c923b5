import { randomBytes } from 'node:crypto';

/** Where segments lie: in the container `NAME_segments` beside, as other programs do it, or inside the container itself where that cannot be made. */
export type SegmentPlace = 'beside' | 'inside';

/** What is written down at the storage while an upload in segments is not finished. */
export interface UploadNote {
  /** full name of the object that it becomes, in the container of the location */
  readonly name: string;
  readonly container: string;
  /** bytes to come; null when not known */
  readonly size: number | null;
  /** ISO 8601 */
  readonly startedAt: string;
}

/** What a later save needs to go on; given out as text, and not trusted when it comes back. */
export interface UploadToken {
  readonly id: string;
  readonly place: SegmentPlace;
  /** bytes of every segment but the last */
  readonly partSize: number;
}

const ID = /^[0-9a-f]{32}$/;
const MAX_TOKEN = 300;

export function newUploadId(): string {
  return randomBytes(16).toString('hex');
}

export function isUploadId(text: string): boolean {
  return ID.test(text);
}

export function formatToken({ id, place, partSize }: UploadToken): string {
  return JSON.stringify({ id, place, partSize });
}

/** @returns null for everything that {@link formatToken} cannot have made */
export function parseToken(text: string): UploadToken | null {
  const value = text.length <= MAX_TOKEN ? parse(text) : null;
  if (value === null) return null;
  const { id, place, partSize } = value;
  if (typeof id !== 'string' || !isUploadId(id) || (place !== 'beside' && place !== 'inside')) return null;
  return typeof partSize === 'number' && Number.isSafeInteger(partSize) && partSize > 0 ? { id, place, partSize } : null;
}

/** @returns null for what is no note */
export function parseNote(text: string): UploadNote | null {
  const value = parse(text);
  if (value === null) return null;
  const { name, container, size, startedAt } = value;
  if (typeof name !== 'string' || typeof container !== 'string' || typeof startedAt !== 'string' || Number.isNaN(Date.parse(startedAt))) return null;
  return { name, container, size: typeof size === 'number' ? size : null, startedAt };
}

/** For the header of a manifest. */
export function uploadHeader({ id, place }: Pick<UploadToken, 'id' | 'place'>): string {
  return `${place}:${id}`;
}

/** @returns null for what {@link uploadHeader} cannot have made */
export function parseUploadHeader(text: string | null): Pick<UploadToken, 'id' | 'place'> | null {
  const [, place, id] = /^(beside|inside):([0-9a-f]{32})$/.exec(text ?? '') ?? [];
  return id === undefined || (place !== 'beside' && place !== 'inside') ? null : { id, place };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
