import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { MenuCommand } from '../shared/ipc/contract.ts';

/** The menu bar. Commands that concern the window are sent to it, so menu, palette and keyboard do the same. */
export function buildMenu(send: (command: MenuCommand) => void): Menu {
  const item = (label: string, command: MenuCommand, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    ...(accelerator !== undefined && { accelerator }),
    click: () => send(command),
  });
  const isMac = process.platform === 'darwin';
  return Menu.buildFromTemplate([
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [
        item('Upload files…', 'upload files', 'CmdOrCtrl+U'),
        item('Upload folder…', 'upload folder', 'CmdOrCtrl+Shift+U'),
        item('Download…', 'download', 'CmdOrCtrl+D'),
        { type: 'separator' },
        item('New folder…', 'new folder', 'CmdOrCtrl+Shift+N'),
        item('Rename…', 'rename'),
        item('Delete…', 'delete'),
        { type: 'separator' },
        item('Add location…', 'add location', 'CmdOrCtrl+N'),
        item('Settings…', 'settings', 'CmdOrCtrl+,'),
        { type: 'separator' },
        { role: isMac ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        item('Filter', 'filter', 'CmdOrCtrl+F'),
        item('Command palette…', 'palette', 'CmdOrCtrl+K'),
        item('Inspector', 'toggle inspector', 'CmdOrCtrl+I'),
        item('Transfers', 'show transfers', 'CmdOrCtrl+T'),
        item('Receipts', 'show receipts', 'CmdOrCtrl+R'),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    { label: '&Help', submenu: [item('Keyboard shortcuts', 'shortcuts', 'CmdOrCtrl+/'), { role: 'toggleDevTools' }] },
  ]);
}
