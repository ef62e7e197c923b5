import { expect, test } from 'vitest';
import { parseLaunch } from './launch.ts';

const command = (args: readonly string[], profile?: string) => ({ kind: 'command', profile, args });

test.each([
  ['nothing', [], { kind: 'window', profile: undefined }],
  ['a folder of the app and switches of Chromium', ['--no-sandbox', '.', '--inspect=0'], { kind: 'window', profile: undefined }],
  ['a profile', ['--profile', '/p'], { kind: 'window', profile: '/p' }],
  ['a profile that is named like a command', ['--profile', 'ls'], { kind: 'window', profile: 'ls' }],
  ['a command', ['ls', 'Local library:/'], command(['ls', 'Local library:/'])],
  ['a command behind switches', ['--no-sandbox', '--ozone-platform=headless', 'locations', 'list'], command(['locations', 'list'])],
  ['a profile before the command', ['--profile', '/p', 'ls', 'A1:/'], command(['ls', 'A1:/'], '/p')],
  ['a profile after the command', ['ls', 'A1:/', '--profile=/p', '--json'], command(['ls', 'A1:/', '--json'], '/p')],
  ['a mark makes anything a command', ['--no-sandbox', '--holdfast-cli', 'nonsense'], command(['nonsense'])],
  ['a mark and an end of options', ['--holdfast-cli', '--', 'ls', 'A1:/'], command(['ls', 'A1:/'])],
  ['a mark alone', ['--holdfast-cli'], command([])],
])('%s', (_what, argv, expected) => {
  expect(parseLaunch(argv, {})).toEqual(expected);
});

test('HOLDFAST_PROFILE is used when no profile is given', () => {
  expect(parseLaunch(['ls', 'A1:/'], { HOLDFAST_PROFILE: '/e' })).toEqual(command(['ls', 'A1:/'], '/e'));
  expect(parseLaunch(['--profile', '/p', 'ls', 'A1:/'], { HOLDFAST_PROFILE: '/e' })).toEqual(command(['ls', 'A1:/'], '/p'));
});

test('a file named --profile can be given behind the end of options', () => {
  expect(parseLaunch(['--holdfast-cli', 'upload', '--', '--profile', 'A1:/'], {})).toEqual(command(['upload', '--', '--profile', 'A1:/']));
});
