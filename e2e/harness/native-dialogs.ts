import type { ElectronApplication } from '@playwright/test';

/**
 * The one mock of these tests: the desktop's own file dialog belongs to GTK, not to the page, and no protocol drives it. Its answer is
 * replaced in the main process; everything before (the button, the request) and behind it (paths, tokens, transfers) is the real thing.
 */
export async function answerOpenDialog(electron: ElectronApplication, paths: readonly string[]): Promise<void> {
  await electron.evaluate(({ dialog }, filePaths) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: filePaths.length === 0, filePaths: [...filePaths] });
  }, paths);
}

/** As {@link answerOpenDialog}, for the dialog that asks where to save. */
export async function answerSaveDialog(electron: ElectronApplication, filePath: string): Promise<void> {
  await electron.evaluate(({ dialog }, path) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: path });
  }, filePath);
}
