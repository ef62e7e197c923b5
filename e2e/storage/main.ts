import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type TargetRecord, mib, proveTarget } from './prove-target.ts';
import { targetsTable } from './table.ts';
import { chosenTargets } from './chosen-targets.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);
const MARK = { begin: '<!-- generated: begin -->', end: '<!-- generated: end -->' };

/** The long form of e2e/tests/storage.spec.ts: every storage on every server with files of gigabytes. @returns whether all was as promised */
async function proveAll(): Promise<boolean> {
  const { values } = parseArgs({ options: { size: { type: 'string', default: '3072' }, cuts: { type: 'string', default: '10,50,99' }, only: { type: 'string' }, table: { type: 'string' } } });
  const { targets, missing } = chosenTargets(values.only);
  for (const why of missing) say(`not run: ${why}`);
  const records: TargetRecord[] = [];
  for (const target of targets) {
    const begin = performance.now();
    try {
      const record = await proveTarget(target, { size: Number(values.size) * 1024 * 1024, cutAt: values.cuts.split(',').map(Number) });
      records.push(record);
      say(`${target.id}: ${record.problems.length === 0 ? 'as promised' : record.problems.join('\n  ')} (${((performance.now() - begin) / 1000).toFixed(0)} s, peak ${mib(record.peak)}, up ${record.upload.seconds.toFixed(1)} s, down ${record.download?.seconds.toFixed(1) ?? '-'} s)`);
    } catch (error) {
      say(`${target.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const table = targetsTable(records, new Date());
  if (values.table === undefined) say(table);
  else await insert(values.table, table);
  return missing.length === 0 && records.length === targets.length && records.every(({ problems }) => problems.length === 0);
}

/** Between the two marks of a page. */
async function insert(file: string, table: string): Promise<void> {
  const page = await readFile(file, 'utf8');
  const [before, after] = [page.indexOf(MARK.begin), page.indexOf(MARK.end)];
  if (before < 0 || after < before) throw new Error(`${file} has no ${MARK.begin} and ${MARK.end}.`);
  await writeFile(file, `${page.slice(0, before + MARK.begin.length)}\n${table}${page.slice(after)}`);
}

process.exitCode = (await proveAll()) ? 0 : 1;
