import { isAbsolute, join, resolve } from 'node:path';
import { app } from 'electron';

/** Folders of this run: everything of Holdfast's own lies in `folder`; the Local library lies where its owner finds it. */
export interface Profile {
  readonly folder: string;
  readonly libraryFolder: string;
}

/** `chosen`: `--profile` or HOLDFAST_PROFILE; else the desktop's usual places. Must run before `ready`, as Chromium takes its folders from it. */
export function useProfile(chosen: string | undefined): Profile {
  if (chosen === undefined || chosen === '') {
    return { folder: app.getPath('userData'), libraryFolder: join(app.getPath('documents'), 'Holdfast library') };
  }
  const folder = isAbsolute(chosen) ? chosen : resolve(chosen);
  app.setPath('userData', folder);
  return { folder, libraryFolder: join(folder, 'Local library') };
}
