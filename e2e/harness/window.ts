import type { Locator, Page } from '@playwright/test';

/** Parts of the window, found as a person with a screen reader finds them: by role and name. */

export function fileGrid(page: Page): Locator {
  return page.getByRole('grid', { name: 'Files' });
}

export function fileRow(page: Page, name: string): Locator {
  return fileGrid(page).getByRole('row', { name, exact: true });
}

export function transfers(page: Page): Locator {
  return page.getByRole('region', { name: 'Transfers', exact: true });
}

/** The row of one transfer (rows of batches may have the same name, but show no target). */
export function transferRow(page: Page, name: string): Locator {
  return transfers(page).getByRole('listitem', { name, exact: true }).filter({ hasText: '→' });
}

export function locationButton(page: Page, name: string): Locator {
  return page.getByRole('navigation', { name: 'Locations' }).getByRole('button', { name: new RegExp(`^${name} `) });
}

export function inspector(page: Page): Locator {
  return page.getByRole('complementary', { name: 'Inspector' });
}

export async function openLocation(page: Page, name: string): Promise<void> {
  await locationButton(page, name).click();
  await page.getByRole('navigation', { name: 'Folders' }).getByRole('button', { name, exact: true }).waitFor();
}

/** Opens a folder of the table as a double click does. */
export async function openFolder(page: Page, name: string): Promise<void> {
  await fileRow(page, name).dblclick();
  await page.getByRole('navigation', { name: 'Folders' }).getByRole('button', { name, exact: true }).waitFor();
}

/** Chooses in a list that opens from a button with a label. */
export async function choose(dialog: Locator, label: string, option: string): Promise<void> {
  await dialog.getByRole('button', { name: label }).click();
  await dialog.page().getByRole('option', { name: option, exact: true }).click();
}

/** Chooses a kind of storage in the list of the dialog that adds a location. */
export async function chooseBackend(dialog: Locator, title: string): Promise<void> {
  await dialog.getByRole('listbox', { name: 'Backend' }).getByRole('option').filter({ has: dialog.page().getByText(title, { exact: true }) }).click();
}

/** Opens a part of a form that is folded away. */
export async function unfold(dialog: Locator, title: string): Promise<void> {
  const button = dialog.getByRole('button', { name: new RegExp(`^${title}`) });
  if ((await button.getAttribute('aria-expanded')) === 'false') await button.click();
}

/** Values by the labels of their fields; a list chooses among options, the rest is typed. */
export interface LocationForm {
  /** title of the backend */
  readonly backend: string;
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly choices?: Readonly<Record<string, string>>;
}

/** Opens the form for a new location and fills it in, with all parts unfolded; pressing Save is up to the test. */
export async function fillLocation(page: Page, { backend, name, fields, choices = {} }: LocationForm): Promise<Locator> {
  await page.getByRole('button', { name: 'Add location…' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add location' });
  await chooseBackend(dialog, backend);
  await unfold(dialog, 'More options');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  for (const [label, option] of Object.entries(choices)) await choose(dialog, label, option);
  for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
  return dialog;
}

export async function addLocation(page: Page, form: LocationForm): Promise<void> {
  const dialog = await fillLocation(page, form);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('navigation', { name: 'Folders' }).getByRole('button', { name: form.name, exact: true }).waitFor();
}

export interface HttpLocationForm {
  readonly name: string;
  readonly address: string;
  readonly token?: string;
  readonly timeLimit?: number;
  readonly largestMiB?: string;
  readonly limitReason?: string;
}

/** Opens the form for a new location and fills it in; pressing Save is up to the test. */
export async function fillHttpLocation(page: Page, { name, address, token, timeLimit, largestMiB, limitReason }: HttpLocationForm): Promise<Locator> {
  await page.getByRole('button', { name: 'Add location…' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add location' });
  await chooseBackend(dialog, 'HTTP server');
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await dialog.getByRole('textbox', { name: 'Address' }).fill(address);
  if (token !== undefined) await dialog.getByLabel('Access token').fill(token);
  if (timeLimit !== undefined) {
    await unfold(dialog, 'More options');
    await dialog.getByRole('textbox', { name: 'Time limit in seconds' }).fill(String(timeLimit));
  }
  if (largestMiB !== undefined || limitReason !== undefined) await unfold(dialog, 'Proof and limits');
  if (largestMiB !== undefined) await dialog.getByRole('textbox', { name: 'Largest file in MiB' }).fill(largestMiB);
  if (limitReason !== undefined) await dialog.getByRole('textbox', { name: 'Reason for the limit' }).fill(limitReason);
  return dialog;
}

/** Adds an HTTP location; the window shows it afterwards. */
export async function addHttpLocation(page: Page, form: HttpLocationForm): Promise<void> {
  const dialog = await fillHttpLocation(page, form);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('navigation', { name: 'Folders' }).getByRole('button', { name: form.name, exact: true }).waitFor();
}
