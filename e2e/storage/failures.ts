import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chosenTargets } from './chosen-targets.ts';
import { failureSentences, failuresMatrix } from './failures-table.ts';
import { type FailureRecord, proveFailures } from './prove-failures.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Everything that must fail, on every storage and server; each sentence is told; `--page FILE` keeps which were tried. @returns whether all was as promised */
async function proveAll(): Promise<boolean> {
  const { values } = parseArgs({ options: { only: { type: 'string' }, page: { type: 'string' } } });
  const { targets, missing } = chosenTargets(values.only);
  for (const why of missing) say(`not run: ${why}`);
  const records: FailureRecord[] = [];
  for (const target of targets) {
    const begin = performance.now();
    try {
      const record = await proveFailures(target);
      records.push(record);
      say(`${target.id}: ${record.problems.length === 0 ? 'as promised' : record.problems.join('\n  ')} (${((performance.now() - begin) / 1000).toFixed(0)} s, ${record.refused.length} tried)`);
    } catch (error) {
      say(`${target.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const matrix = failuresMatrix(records, new Date());
  if (values.page === undefined) say(matrix);
  else await writeFile(values.page, matrix);
  say(failureSentences(records));
  return missing.length === 0 && records.length === targets.length && records.every(({ problems }) => problems.length === 0);
}

process.exitCode = (await proveAll()) ? 0 : 1;
