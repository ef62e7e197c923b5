import { app } from 'electron';
import { parseLaunch } from './cli/launch.ts';
import { mustStartAgain, startAgainHeadless } from './cli/without-display.ts';
import { registerAppScheme } from './platform/app-protocol.ts';
import { useProfile } from './platform/profile.ts';

const argv = process.argv.slice(1);
const launch = parseLaunch(argv, process.env);
const profile = useProfile(launch.profile);
const mainFolder = import.meta.dirname;

// Nothing here is awaited that needs Electron to be ready: it becomes ready only after this module has run to its end.
if (launch.kind === 'command' && mustStartAgain({ platform: process.platform, argv, environment: process.env })) {
  app.exit(await startAgainHeadless(argv));
} else if (launch.kind === 'command') {
  const { runCommand } = await import('./cli/run-command.ts');
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
