/** Numbers, sizes and times as the window writes them: pure, with figures that do not change width needlessly. */

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `412 KiB`, `2.1 MiB`, `18.4 GiB`; below 1 KiB `12 B`. Three figures at most. @param bytes a whole number >= 0 */
export function formatBytes(bytes: number): string {
  const { value, unit } = scale(bytes);
  return `${value} ${unit}`;
}

/** `11.8 of 18.4 GiB`, with each unit named once where they agree. */
export function formatBytesOf(done: number, total: number | null): string {
  if (total === null) return formatBytes(done);
  const to = scale(total);
  if (done === 0) return `0 of ${to.value} ${to.unit}`;
  const from = scale(done);
  return from.unit === to.unit ? `${from.value} of ${to.value} ${to.unit}` : `${from.value} ${from.unit} of ${to.value} ${to.unit}`;
}

/** `2,201,344 bytes` */
export function formatExactBytes(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${formatCount(bytes)} bytes`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `288 MiB/s`; an em dash while it is not known. */
export function formatSpeed(bytesPerSecond: number | null): string {
  return bytesPerSecond === null || bytesPerSecond <= 0 ? '—' : `${formatBytes(bytesPerSecond)}/s`;
}

/** `8 s left`, `6 min left`, `2 h 5 min left`, `3 days left`; empty when not known. Coarse on purpose: it is an estimate. */
export function formatTimeLeft(seconds: number | null): string {
  return seconds === null || !Number.isFinite(seconds) ? '' : `${formatDuration(seconds)} left`;
}

export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.round(hours / 24);
  return days === 1 ? '1 day' : `${days} days`;
}

/** `just now`, `5 min ago`, `3 days ago`. @param now milliseconds since 1970 */
export function formatAge(iso: string, now: number): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (!Number.isFinite(seconds)) return '—';
  return seconds < 60 ? 'just now' : `${formatDuration(seconds)} ago`;
}

/** `2026-11-22 13:20` in local time; an em dash when not known or not a date. */
export function formatDate(iso: string | null): string {
  const date = iso === null ? null : new Date(iso);
  if (date === null || Number.isNaN(date.getTime())) return '—';
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** As {@link formatDate}, with seconds. */
export function formatDateExact(iso: string | null): string {
  const date = iso === null ? null : new Date(iso);
  return date === null || Number.isNaN(date.getTime()) ? '—' : `${formatDate(iso)}:${two(date.getSeconds())}`;
}

/** `1 item`, `3 items` */
export function plural(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Last name of a path of this computer, whichever slash it uses. */
export function localBaseName(path: string): string {
  return path.replace(/[/\\]+$/, '').split(/[/\\]/).at(-1) ?? path;
}

/** The name of the folder that holds it. */
export function localParentName(path: string): string {
  return path.replace(/[/\\]+$/, '').split(/[/\\]/).at(-2) ?? path;
}

/** Share done in per cent, 0 to 100; null when it cannot be told. */
export function percent(done: number, total: number | null): number | null {
  if (total === null) return null;
  return total === 0 ? 100 : Math.min(100, Math.max(0, (done / total) * 100));
}

function scale(bytes: number): { readonly value: string; readonly unit: string } {
  if (bytes < 1024) return { value: String(Math.round(bytes)), unit: 'B' };
  let value = bytes / 1024;
  let unit = 0;
  // 1023.95 would be shown as 1024.0 of the smaller unit
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return { value: value >= 99.95 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, ''), unit: UNITS[unit] ?? 'KiB' };
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
