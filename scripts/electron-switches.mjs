/** Chromium refuses to run as root with its sandbox, so it is given up there and nowhere else. */
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** The switches for a window on this machine's display. */
export function windowSwitches() {
  const wayland = process.platform === 'linux' && !process.env['DISPLAY'] && process.env['WAYLAND_DISPLAY'] ? ['--ozone-platform=wayland'] : [];
  return [...asRoot, ...wayland];
}

/** The switches for a command: no window, so no display either, and none of Chromium's own messages between those of the command. */
export function commandSwitches() {
  return [...asRoot, ...(process.platform === 'linux' ? ['--ozone-platform=headless'] : []), '--disable-gpu', '--log-level=3'];
}
