import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';
import type { EvidenceLevel } from '../../shared/storage/evidence.ts';
import { cli } from './cli.ts';
import { transferRow, transfers } from './window.ts';

export interface Expected {
  readonly profile: string;
  readonly location: string;
  /** relative path in the location to sha256 */
  readonly digests: Readonly<Record<string, string>>;
  /** what the badge of each row says */
  readonly word: string;
  readonly level: EvidenceLevel;
}

/** Every file has a finished row with that evidence and a tick, and exactly one receipt with that digest, level and place. */
export async function expectStored(page: Page, { profile, digests, word, level }: Expected): Promise<void> {
  const paths = Object.keys(digests);
  await expect(transfers(page).getByText(`${paths.length} done`)).toBeVisible({ timeout: 50_000 });
  for (const path of paths) {
    const row = transferRow(page, path.split('/').at(-1) ?? path);
    await row.scrollIntoViewIfNeeded();
    await expect(row).toContainText(word);
    await expect(row.locator('.badge')).toHaveClass(/badge-proven/);
  }
  const { code, rows } = await cli(profile, ['receipts', 'list']);
  expect(code).toBe(0);
  const receipts = rows as unknown as readonly { destination: { endpoint: { path: string } }; checksums: { sha256?: string }; evidence: readonly { level: number; value: string }[] }[];
  const found = receipts.map(({ destination, checksums, evidence }) => [destination.endpoint.path, checksums.sha256, Math.max(...evidence.map((one) => one.level))]);
  expect(found.sort()).toEqual(paths.map((path) => [path, `sha256:${digests[path] ?? ''}`, level]).sort());
}
