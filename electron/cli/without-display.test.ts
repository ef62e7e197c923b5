import { expect, test } from 'vitest';
import { mustStartAgain } from './without-display.ts';

const argv = ['--no-sandbox', 'ls', 'A1:/'];

test.each([
  ['Linux without a display', { platform: 'linux', argv, environment: {} }, true],
  ['Linux with empty variables', { platform: 'linux', argv, environment: { DISPLAY: '', WAYLAND_DISPLAY: '' } }, true],
  ['Linux with X', { platform: 'linux', argv, environment: { DISPLAY: ':0' } }, false],
  ['Linux with Wayland', { platform: 'linux', argv, environment: { WAYLAND_DISPLAY: 'wayland-0' } }, false],
  ['the process that was started again', { platform: 'linux', argv: ['--ozone-platform=headless', ...argv], environment: {} }, false],
  ['macOS', { platform: 'darwin', argv, environment: {} }, false],
])('%s', (_what, surroundings, expected) => {
  expect(mustStartAgain(surroundings)).toBe(expected);
});
