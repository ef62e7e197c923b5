import { join } from 'node:path';
import { makeFile } from '../harness/files.ts';
import { type Comparison, type Figure, inTurns, median } from './figures.ts';
import { timed, versionOf } from './timed.ts';
import { type Workplace, sizeText } from './workplace.ts';

/** sha256 of one large file that is in the system's cache. */
export async function compareHashing(place: Workplace): Promise<Comparison> {
  const file = join(place.large, 'file');
  await place.holdfast('locations', 'add', 'Bench sources', '--backend', 'local', '--uri', place.large);
  await makeFile(join(place.large, 'tiny'), 1);
  const openssl = await versionOf('openssl', 'version');
  const figures = await inTurns(place.scale.repetitions, [
    { by: 'Holdfast, packaged CLI: checksum', run: () => place.holdfast('checksum', 'Bench sources:/file') },
    { by: 'the same of a file of 1 byte: start and end only', run: () => place.holdfast('checksum', 'Bench sources:/tiny') },
    { by: 'sha256sum', run: () => timed('sha256sum', [file]) },
    ...(openssl === null ? [] : [{ by: 'openssl dgst -sha256', run: () => timed('openssl', ['dgst', '-sha256', file]) }]),
  ]);
  const [whole, start] = figures;
  const notes = [openssl === null ? 'not measured: openssl is not installed' : `openssl: ${openssl}`];
  return { task: `sha256 of ${sizeText(place.scale.large)}`, unit: 's', figures: [...hashOnly(whole, start), ...figures], notes: [...notes, 'The first row is the second without the third, and the reference of the ratios; the second is what a person waits for.'] };
}

function hashOnly(whole: Figure | undefined, start: Figure | undefined): readonly Figure[] {
  if (whole === undefined || start === undefined) return [];
  const without = (values: readonly number[], others: readonly number[]) => values.map((value) => value - median(others));
  return [{ by: 'Holdfast, hashing only', values: without(whole.values, start.values), cpuSeconds: without(whole.cpuSeconds ?? [], start.cpuSeconds ?? []) }];
}
