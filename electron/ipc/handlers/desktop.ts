import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type BrowserWindow, clipboard, dialog, shell } from 'electron';
import { StorageError } from '../../../shared/storage/errors.ts';
import { baseName } from '../../../shared/storage/path.ts';
import type { Jobs } from '../../browsing/jobs.ts';
import type { LocalItems } from '../../browsing/local-items.ts';
import type { StoredVersions } from '../../browsing/stored-versions.ts';
import type { Database } from '../../database/open-database.ts';
import type { Locations } from '../../locations/locations.ts';
import { exportReceipts } from '../../transfers/export/export-receipts.ts';
import type { HandlersFor } from '../router.ts';

export interface DesktopServices {
  readonly window: () => BrowserWindow;
  readonly items: LocalItems;
  readonly versions: StoredVersions;
  readonly jobs: Jobs;
  readonly database: Database;
  readonly locations: Locations;
  readonly dataFolder: string;
}

type Properties = NonNullable<Electron.OpenDialogOptions['properties']>;

const PICKS: Readonly<Record<'files' | 'folders' | 'target folder' | 'file', { readonly title: string; readonly properties: Properties }>> = {
  files: { title: 'Upload files', properties: ['openFile', 'multiSelections'] },
  folders: { title: 'Upload folders', properties: ['openDirectory', 'multiSelections'] },
  'target folder': { title: 'Download to', properties: ['openDirectory', 'createDirectory'] },
  file: { title: 'Compare with', properties: ['openFile'] },
};

/** Dialogs, clipboard, file browser and receipts on disk: what needs the desktop. */
export function desktopHandlers({ window, items, versions, jobs, database, locations, dataFolder }: DesktopServices): HandlersFor<'local'> & HandlersFor<'receipts'> & HandlersFor<'desktop'> & HandlersFor<'clipboard'> {
  return {
    'local.pick': async ({ kind }) => {
      const { title, properties } = PICKS[kind];
      const { filePaths } = await dialog.showOpenDialog(window(), { title, properties: [...properties] });
      return items.adopt(filePaths);
    },
    'local.adopt': ({ paths }) => items.adopt(paths),
    'receipts.forFile': ({ locationId, path }) => database.receipts.forFile(locationId, path),
    'receipts.list': (query) => database.receipts.page(query),
    'receipts.export': async ({ format }) => {
      const defaultPath = format === 'json' ? 'receipts.json' : 'SHA256SUMS';
      const { filePath } = await dialog.showSaveDialog(window(), { title: 'Export receipts', defaultPath });
      if (filePath === '') return null;
      await writeWhole(filePath, exportReceipts(format, database.receipts));
      return basename(filePath);
    },
    'desktop.reveal': async (place) => {
      if (place.what === 'data folder') {
        const failure = await shell.openPath(dataFolder);
        if (failure !== '') throw new StorageError('unexpected', `The desktop could not show ${dataFolder}: ${failure}`);
        return null;
      }
      const { config, location } = await locations.connect(place.locationId);
      if (config.backend !== 'local') throw new StorageError('unsupported', `${config.name} is not on this computer, so its files cannot be shown in the file browser.`);
      shell.showItemInFolder(fileURLToPath((await location.stat(place.path)).uri));
      return null;
    },
    'desktop.pickPath': async ({ kind, title }) => {
      const { filePaths } = await dialog.showOpenDialog(window(), { title, properties: [kind === 'file' ? 'openFile' : 'openDirectory', 'showHiddenFiles'] });
      return filePaths[0] ?? null;
    },
    'desktop.saveVersion': async ({ jobId, locationId, path, versionId }) => {
      const { filePath } = await dialog.showSaveDialog(window(), { title: 'Save version', defaultPath: baseName(path) });
      if (filePath === '') return null;
      return jobs.run(jobId, (job) => versions.save({ locationId, path }, versionId, filePath, { overwrite: true, job }));
    },
    'desktop.copyLink': async ({ locationId, path, seconds }) => {
      const { location } = await locations.connect(locationId);
      const expiresAt = new Date(Date.now() + seconds * 1000).toISOString();
      await clipboard.writeText(await location.link(path, seconds));
      return { expiresAt };
    },
    'clipboard.write': async ({ text }) => {
      await clipboard.writeText(text);
      return null;
    },
  };
}

/** Under a partial name until it is whole, so that a full disk leaves no half list. */
async function writeWhole(path: string, lines: AsyncIterable<string>): Promise<void> {
  const partial = `${path}.${randomUUID()}.part`;
  try {
    await pipeline(Readable.from(lines), createWriteStream(partial, { flags: 'wx', flush: true }));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
