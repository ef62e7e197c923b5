import type { Page } from '@playwright/test';

/** What the bars and words of the transfers showed while nobody could look so fast. */
export interface Seen {
  /** values of the bar with that name, in per cent, in the order they came */
  readonly bars: Readonly<Record<string, readonly number[]>>;
  readonly words: readonly string[];
}

interface Watching {
  holdfastSeen?: { bars: Record<string, number[]>; words: string[] };
}

/** Begins to write down every change in the region of the transfers. @returns what was seen so far */
export async function watchTransfers(page: Page): Promise<() => Promise<Seen>> {
  await page.evaluate(() => {
    const seen = { bars: {} as Record<string, number[]>, words: [] as string[] };
    (window as Watching).holdfastSeen = seen;
    const look = () => {
      for (const bar of document.querySelectorAll('[role=progressbar]')) {
        const value = bar.getAttribute('aria-valuenow');
        const list = (seen.bars[bar.getAttribute('aria-label') ?? ''] ??= []);
        if (value !== null && list.at(-1) !== Number(value)) list.push(Number(value));
      }
      for (const word of ['Uploading', 'Reading back', 'Asking the server for its digest']) {
        if (!seen.words.includes(word) && document.body.textContent.includes(word)) seen.words.push(word);
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  return () => page.evaluate(() => (window as Watching).holdfastSeen ?? { bars: {}, words: [] });
}
