import { DEFAULT_SYMLINKS, parseLocalConfig } from './config.ts';
import { connectLocal } from './connect.ts';
import type { BackendDefinition } from '../../backend-definition.ts';

/** Folders of this computer: internal and external disks, and network folders that the system has mounted. */
export const localBackend: BackendDefinition = {
  name: 'local',
  title: 'Folder on this computer',
  description: 'A folder on an internal or external disk, or a network folder that the system has mounted.',
  uriLabel: 'Folder',
  uriPlaceholder: '/home/ada/archive',
  uriIsFolder: true,
  secretLabel: null,
  fields: [
    {
      key: 'symlinks',
      label: 'Symbolic links',
      kind: 'choice',
      required: false,
      help: 'Refused: links are listed, but neither read nor written through. Followed: only links that stay inside the folder.',
      choices: [
        { value: 'refuse', label: 'Refuse' },
        { value: 'follow', label: 'Follow inside the folder' },
      ],
      default: DEFAULT_SYMLINKS,
    },
    {
      key: 'createRoot',
      label: 'Make the folder if it is missing',
      kind: 'boolean',
      required: false,
      help: 'Leave off for external disks, so that a disk that is not connected is noticed.',
      default: false,
    },
  ],
  connect: (config, options) => connectLocal(config, parseLocalConfig(config), options),
};
