import { app } from 'electron';
import { parseLaunch } from './cli/launch.ts';
import { registerAppScheme } from './platform/app-protocol.ts';
import { useProfile } from './platform/profile.ts';

const launch = parseLaunch(process.argv.slice(1), process.env);
const profile = useProfile(launch.profile);
const mainFolder = import.meta.dirname;

if (launch.kind === 'command') {
  const { runCommand } = await import('./cli/run-command.ts');
  // Not awaited: Electron becomes ready only after this module has run to its end.
  void runCommand(launch.args, profile, mainFolder).then((code) => app.exit(code));
} else if (app.requestSingleInstanceLock()) {
  registerAppScheme();
  const { startWindow } = await import('./start-window.ts');
  startWindow(profile, mainFolder).catch(async (error: unknown) => {
    const { dialog } = await import('electron');
    dialog.showErrorBox('Holdfast could not start', error instanceof Error ? (error.stack ?? error.message) : String(error));
    app.exit(1);
  });
} else {
  app.quit();
}
