import type { DragEvent } from 'react';
import { uploadFiles } from '../actions/transfer-actions.ts';
import { aimAt } from '../stores/drop-store.ts';
import type { Place } from '../stores/place.ts';

/** The part of a drag's data that matters here. */
export interface DragData {
  readonly types: readonly string[];
  readonly items: ArrayLike<{ readonly kind: string }>;
}

/** Whether files of the desktop are being dragged, and not a text or a link. */
export function carriesFiles(data: DragData): boolean {
  return data.types.includes('Files');
}

/** How many files and folders are dragged; null when the desktop does not tell before the drop. */
export function draggedCount(data: DragData): number | null {
  let count = 0;
  for (let index = 0; index < data.items.length; index += 1) if (data.items[index]?.kind === 'file') count += 1;
  return count === 0 ? null : count;
}

/** Handlers of a drop target. `placeAt` says where a drop on that element would go; null when nowhere. */
export function dropHandlers(placeAt: (element: Element) => Place | null) {
  const over = (event: DragEvent) => {
    if (!carriesFiles(event.dataTransfer)) return;
    const place = event.target instanceof Element ? placeAt(event.target) : null;
    if (place === null) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = 'copy';
    aimAt(place, draggedCount(event.dataTransfer));
  };
  return {
    onDragEnter: over,
    onDragOver: over,
    onDrop: (event: DragEvent) => {
      if (!carriesFiles(event.dataTransfer)) return;
      const place = event.target instanceof Element ? placeAt(event.target) : null;
      if (place === null) return;
      event.preventDefault();
      event.stopPropagation();
      aimAt(null, null);
      void uploadFiles(Array.from(event.dataTransfer.files), place);
    },
  };
}

/** Files that a paste brings; none when a text is pasted. */
export function pastedFiles(data: Pick<DataTransfer, 'files'> | null): readonly File[] {
  return data === null ? [] : Array.from(data.files);
}

/** Beside every target a drop does nothing, where it would otherwise open the file in the window. @returns a function that ends this */
export function refuseStrayDrops(): () => void {
  const refuse = (event: globalThis.DragEvent) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'none';
    aimAt(null, null);
  };
  const leave = (event: globalThis.DragEvent) => {
    if (event.relatedTarget === null) aimAt(null, null);
  };
  window.addEventListener('dragover', refuse);
  window.addEventListener('drop', refuse);
  window.addEventListener('dragleave', leave);
  return () => {
    window.removeEventListener('dragover', refuse);
    window.removeEventListener('drop', refuse);
    window.removeEventListener('dragleave', leave);
  };
}
