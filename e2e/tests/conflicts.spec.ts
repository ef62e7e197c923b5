import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dropFiles } from '../harness/drop.ts';
import { hashTree, listTree, makeFile, sha256 } from '../harness/files.ts';
import { expect, test } from '../harness/test.ts';
import { fileGrid, transferRow, transfers } from '../harness/window.ts';

test('a file that exists already is asked about; skip, rename and overwrite do what they say', async ({ start, folders }) => {
  const file = await makeFile(join(folders.desktop, 'report.txt'), 1000, 'first');
  const first = await sha256(file);
  const { page } = await start();
  await dropFiles(page, [file], fileGrid(page));
  await expect(transfers(page).getByText('1 done')).toBeVisible();
  const question = page.getByRole('alertdialog', { name: 'File already exists' });

  await makeFile(file, 2000, 'second');
  const second = await sha256(file);
  await dropFiles(page, [file], fileGrid(page));
  await expect(question).toContainText('“report.txt” exists in Local library already.');
  expect(await hashTree(folders.library), 'nothing is replaced before the answer').toEqual({ 'report.txt': first });
  await question.getByRole('button', { name: 'Skip' }).click();
  await expect(transferRow(page, 'report.txt').filter({ hasText: 'Skipped' })).toBeVisible();
  expect(await hashTree(folders.library)).toEqual({ 'report.txt': first });

  await dropFiles(page, [file], fileGrid(page));
  await question.getByRole('button', { name: 'Rename' }).click();
  await expect(transfers(page).getByText('3 done')).toBeVisible();
  const [, renamed = ''] = (await listTree(folders.library)).toSorted((a, b) => a.length - b.length);
  expect(renamed).toMatch(/^report.*2.*\.txt$/);
  expect(await hashTree(folders.library)).toEqual({ 'report.txt': first, [renamed]: second });

  await dropFiles(page, [file], fileGrid(page));
  await question.getByRole('button', { name: 'Overwrite' }).click();
  await expect(transfers(page).getByText('4 done')).toBeVisible();
  expect(await hashTree(folders.library)).toEqual({ 'report.txt': second, [renamed]: second });
});

test('one answer can count for the whole batch', async ({ start, folders }) => {
  const names = ['a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt', 'f.txt'];
  const files: string[] = [];
  for (const name of names) files.push(await makeFile(join(folders.desktop, name), 500, `old ${name}`));
  const { page } = await start();
  await dropFiles(page, files, fileGrid(page));
  await expect(transfers(page).getByText('6 done')).toBeVisible();
  for (const file of files) await writeFile(file, `new ${file}`);
  await dropFiles(page, files, fileGrid(page));

  const question = page.getByRole('alertdialog', { name: 'File already exists' });
  await question.getByText('Do this for the whole batch').click();
  await question.getByRole('button', { name: 'Overwrite' }).click();
  await expect(transfers(page).getByText('12 done')).toBeVisible();
  await expect(question).toBeHidden();
  expect(await hashTree(folders.library)).toEqual(await hashTree(folders.desktop));
});
