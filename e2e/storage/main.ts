import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type TargetRecord, mib, proveTarget } from './prove-target.ts';
import { type TargetSummary, summaryOf, targetsTable } from './table.ts';
import { TARGETS } from './targets/targets.ts';
import { chosenTargets } from './chosen-targets.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);
const MIB = 1024 * 1024;
const MARK = { begin: '<!-- generated: begin -->', end: '<!-- generated: end -->' };

/** The long form of e2e/tests/storage.spec.ts: every storage on every server with files of gigabytes; `--record FOLDER` keeps what was found there. @returns whether all was as promised */
async function proveAll(): Promise<boolean> {
  const { values } = parseArgs({ options: { size: { type: 'string', default: '3072' }, 'cut-size': { type: 'string' }, cuts: { type: 'string', default: '10,50,99' }, only: { type: 'string' }, record: { type: 'string' } } });
  const size = Number(values.size) * MIB;
  const cutSize = Number(values['cut-size'] ?? values.size) * MIB;
  const { targets, missing } = chosenTargets(values.only);
  for (const why of missing) say(`not run: ${why}`);
  const records: TargetRecord[] = [];
  for (const target of targets) {
    const begin = performance.now();
    try {
      const record = await proveTarget(target, { size, cutSize, cutAt: values.cuts.split(',').map(Number) });
      records.push(record);
      if (values.record !== undefined) await keep(values.record, record);
      say(`${target.id}: ${record.problems.length === 0 ? 'as promised' : record.problems.join('\n  ')} (${((performance.now() - begin) / 1000).toFixed(0)} s, peak ${mib(record.peak)}, up ${record.upload.seconds.toFixed(1)} s, down ${record.download?.seconds.toFixed(1) ?? '-'} s)`);
    } catch (error) {
      say(`${target.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (values.record === undefined) say(targetsTable(records.map((record) => summaryOf(record, new Date()))));
  return missing.length === 0 && records.length === targets.length && records.every(({ problems }) => problems.length === 0);
}

/** Puts what was found into the records of a folder, in the place of an older record of the same storage, and writes the table of its page anew. */
async function keep(folder: string, record: TargetRecord): Promise<void> {
  const [records, page] = [join(folder, 'records.json'), join(folder, 'README.md')];
  const older = JSON.parse(await readFile(records, 'utf8').catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? '[]' : Promise.reject(error)))) as readonly TargetSummary[];
  const order = TARGETS.map(({ title }) => title);
  const all = [...older.filter(({ title }) => title !== record.title), summaryOf(record, new Date())].filter(({ title }) => order.includes(title)).sort((a, b) => order.indexOf(a.title) - order.indexOf(b.title));
  await writeFile(records, `${JSON.stringify(all, null, 2)}\n`);
  const text = await readFile(page, 'utf8');
  const [before, after] = [text.indexOf(MARK.begin), text.indexOf(MARK.end)];
  if (before < 0 || after < before) throw new Error(`${page} has no ${MARK.begin} and ${MARK.end}.`);
  await writeFile(page, `${text.slice(0, before + MARK.begin.length)}\n${targetsTable(all)}${text.slice(after)}`);
}

process.exitCode = (await proveAll()) ? 0 : 1;
