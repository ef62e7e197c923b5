import { StorageError } from '../../../../shared/storage/errors.ts';
import { isPartialName } from '../../partial-name.ts';

/** Names that Windows keeps for devices, with or without an extension (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const WINDOWS_DEVICE = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])(?:\s*\.|\s*$)/i;
const WINDOWS_CHARACTERS = '<>:"|?*\\';

/** Why a folder of this platform cannot keep a file under this name; null when it can. */
export function whyNotKeepable(name: string, platform: NodeJS.Platform): string | null {
  if (isPartialName(name)) return 'Holdfast uses such names for files that are not complete yet';
  if (/\p{Surrogate}/u.test(name)) return 'it is not valid Unicode';
  if (platform !== 'win32') return null;
  const character = [...name].find((each) => WINDOWS_CHARACTERS.includes(each) || each < ' ');
  if (character !== undefined) return `Windows allows no ${JSON.stringify(character)} in a name`;
  if (/[. ]$/.test(name)) return 'Windows drops a dot or a space at the end of a name';
  if (WINDOWS_DEVICE.test(name)) return 'Windows keeps this name for a device';
  return null;
}

/** @throws StorageError invalid_location that says why */
export function requireKeepable(name: string, platform: NodeJS.Platform): void {
  const reason = whyNotKeepable(name, platform);
  if (reason !== null) throw new StorageError('invalid_location', `The name ${JSON.stringify(name)} cannot be used in this folder: ${reason}.`, { context: { name } });
}

/** The same name on a disk that does not tell upper from lower case, nor composed from decomposed letters. */
export function sameIgnoringCase(one: string, other: string): boolean {
  return fold(one) === fold(other);
}

function fold(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase();
}
