import { whyMissing } from '../servers/real/installed.ts';
import type { StorageTarget } from './target.ts';
import { TARGETS } from './targets/targets.ts';

/** Those that are asked for, or all; a server that is missing is told. @throws Error for an unknown id */
export function chosenTargets(only: string | undefined): { readonly targets: readonly StorageTarget[]; readonly missing: readonly string[] } {
  const ids = only?.split(',').map((id) => id.trim());
  const unknown = ids?.find((id) => !TARGETS.some((target) => target.id === id));
  if (unknown !== undefined) throw new Error(`There is no ${unknown}. Known: ${TARGETS.map(({ id }) => id).join(', ')}.`);
  const wanted = TARGETS.filter(({ id }) => ids?.includes(id) ?? true);
  const whyNot = ({ needs, title }: StorageTarget) => needs.map(whyMissing).filter((why) => why !== null).map((why) => `${title}: ${why}`);
  return { targets: wanted.filter((target) => whyNot(target).length === 0), missing: wanted.flatMap(whyNot) };
}
