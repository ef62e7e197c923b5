import { StorageError } from '../../shared/storage/errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `30m`, `1h`, `7d` in seconds. @throws invalid_config that names the option */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([smhd])$/i.exec(text.trim());
  const seconds = match === null ? Number.NaN : Math.round(Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? Number.NaN));
  if (!Number.isSafeInteger(seconds) || seconds < 1) throw new StorageError('invalid_config', `${option} ${JSON.stringify(text)} is not a time: expected for example 30m, 1h or 7d.`);
  return seconds;
}
