// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adoptFiles, request } from '../bridge.ts';
import { useDrop } from '../stores/drop-store.ts';
import { carriesFiles, draggedCount, dropHandlers, refuseStrayDrops } from './file-drop.ts';

vi.mock('../bridge.ts', () => ({ request: vi.fn(() => Promise.resolve({ batchId: 'b' })), adoptFiles: vi.fn((files: readonly File[]) => Promise.resolve(files.map((file, index) => ({ token: `t${index}`, name: file.name, kind: 'file', size: file.size })))), errorRecord: vi.fn() }));

const place = { locationId: 'l1', path: '2026' };
const dragged = { types: ['Files'], items: [{ kind: 'file' }, { kind: 'file' }], files: [new File(['a'], 'a.txt'), new File(['b'], 'b.txt')], dropEffect: 'none' };

beforeEach(() => {
  render(<div data-testid="target" {...dropHandlers((element) => (element.closest('.no') === null ? place : null))}><span className="no">nowhere</span></div>);
});
afterEach(() => {
  cleanup();
  useDrop.setState({ target: null, count: null, adding: 0 });
  vi.clearAllMocks();
});

describe('what is dragged', () => {
  it('counts files and folders, and knows a text from a file', () => {
    expect(draggedCount({ types: ['Files'], items: [{ kind: 'file' }, { kind: 'string' }] })).toBe(1);
    expect(draggedCount({ types: ['Files'], items: [] })).toBeNull();
    expect(carriesFiles({ types: ['text/plain'], items: [] })).toBe(false);
  });
});

describe('a drop target', () => {
  it('lights up with the place and the count while files are over it', () => {
    expect(fireEvent.dragOver(screen.getByTestId('target'), { dataTransfer: dragged })).toBe(false);
    expect(useDrop.getState()).toMatchObject({ target: place, count: 2 });
  });

  it('uploads what is dropped to where it said, and goes dark', async () => {
    fireEvent.dragOver(screen.getByTestId('target'), { dataTransfer: dragged });
    fireEvent.drop(screen.getByTestId('target'), { dataTransfer: dragged });
    expect(useDrop.getState()).toMatchObject({ target: null, adding: 2 });
    expect(adoptFiles).toHaveBeenCalledWith(dragged.files);
    await vi.waitFor(() => expect(request).toHaveBeenCalledWith('transfers.upload', { tokens: ['t0', 't1'], locationId: 'l1', path: '2026' }));
    await vi.waitFor(() => expect(useDrop.getState().adding).toBe(0));
  });

  it('leaves a dragged text, and places that take nothing, alone', () => {
    expect(fireEvent.dragOver(screen.getByTestId('target'), { dataTransfer: { types: ['text/plain'], items: [] } })).toBe(true);
    expect(fireEvent.dragOver(screen.getByText('nowhere'), { dataTransfer: dragged })).toBe(true);
    expect(useDrop.getState().target).toBeNull();
  });

  it('elsewhere in the window a drop is refused, so that the file is not opened in its place', () => {
    const end = refuseStrayDrops();
    useDrop.setState({ target: place, count: 2 });
    expect(fireEvent.drop(document.body, { dataTransfer: dragged })).toBe(false);
    expect(useDrop.getState().target).toBeNull();
    expect(adoptFiles).not.toHaveBeenCalled();
    end();
    expect(fireEvent.drop(document.body, { dataTransfer: dragged })).toBe(true);
  });
});
