import { StorageError } from '../../shared/storage/errors.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, ki: 2 ** 10, m: 1e6, mi: 2 ** 20, g: 1e9, gi: 2 ** 30, t: 1e12, ti: 2 ** 40 };

/** `1500`, `64Ki`, `2.5GB`, `10 MiB` as bytes. @throws invalid_config that names the option */
export function parseBytes(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?$/i.exec(text.trim());
  const unit = UNITS[(match?.[2] ?? '').toLowerCase()];
  const bytes = match === null || unit === undefined ? Number.NaN : Math.floor(Number(match[1]) * unit);
  if (!Number.isSafeInteger(bytes)) throw new StorageError('invalid_config', `${option} ${JSON.stringify(text)} is not a number of bytes: expected for example 1500, 64KiB or 2.5GB.`);
  return bytes;
}
