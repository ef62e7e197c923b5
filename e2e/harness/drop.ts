import type { Locator, Page } from '@playwright/test';

type DragEventType = 'dragEnter' | 'dragOver' | 'drop' | 'dragCancel';

/** Files and folders of the desktop that are held over the window; the page gets real `File`s with paths, as from a file browser. */
export interface Drag {
  /** Moves to the middle of that element. */
  over(target: Locator): Promise<void>;
  drop(): Promise<void>;
  cancel(): Promise<void>;
}

/** Begins a drag from the desktop over an element. `paths` are absolute. */
export async function dragFiles(page: Page, paths: readonly string[], target: Locator): Promise<Drag> {
  const session = await page.context().newCDPSession(page);
  let at = await middle(target);
  const send = (type: DragEventType) => session.send('Input.dispatchDragEvent', { type, ...at, data: { items: [], files: [...paths], dragOperationsMask: 1 } });
  await send('dragEnter');
  await send('dragOver');
  const end = async (type: DragEventType) => {
    await send(type);
    await session.detach();
  };
  return {
    over: async (next) => {
      at = await middle(next);
      await send('dragOver');
    },
    drop: () => end('drop'),
    cancel: () => end('dragCancel'),
  };
}

export async function dropFiles(page: Page, paths: readonly string[], target: Locator): Promise<void> {
  await (await dragFiles(page, paths, target)).drop();
}

async function middle(target: Locator): Promise<{ readonly x: number; readonly y: number }> {
  await target.waitFor();
  const box = await target.boundingBox();
  if (box === null) throw new Error('The drop target has no place in the window.');
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
}
