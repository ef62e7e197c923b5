import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notInstalled, parseInstalled } from './apt.mjs';
import { isInstalled } from './dependencies.mjs';
import { executableIn, releaseRefusal } from './electron-runtime.mjs';
import { unpackedExecutable } from './packaged-app.mjs';
import { userCacheFolder } from './paths.mjs';
import { run } from './run.mjs';
import { SetupError } from './say.mjs';
import { withoutServices } from './server-packages.mjs';
import { isSealed, publish, removeLeftovers, seal, workshopIn } from './sealed-folder.mjs';
import { countPlaywright, countVitest, runSteps, summaryLines } from './summary.mjs';
import { hasDisplay } from './system-packages.mjs';

describe('installed packages', () => {
  const locked = { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' }, 'node_modules/win': { version: '1.0.0', integrity: 'sha512-w', optional: true } };

  it('are taken as they are when the lockfile asks for exactly them', () => {
    expect(isInstalled(locked, { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } })).toBe(true);
  });

  it.each([
    ['nothing was ever installed', null],
    ['one is missing', {}],
    ['one has another version', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }],
    ['one has other contents', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } }],
    ['an optional one has another version', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' }, 'node_modules/win': { version: '0.9.0', integrity: 'sha512-w' } }],
  ])('are installed anew when %s', (_title, installed) => {
    expect(isInstalled(locked, installed)).toBe(false);
  });
});

describe('a sealed folder', () => {
  let shelf = '';
  beforeEach(async () => {
    shelf = await mkdtemp(join(tmpdir(), 'holdfast-sealed-'));
  });
  afterEach(() => rm(shelf, { recursive: true, force: true }));

  const make = async (/** @type {string} */ folder) => {
    await mkdir(join(folder, 'dist', 'resources'), { recursive: true });
    await writeFile(join(folder, 'dist', 'electron'), 'binary', { mode: 0o755 });
    await writeFile(join(folder, 'dist', 'resources', 'a.pak'), 'pak');
  };

  it('counts only once it is sealed', async () => {
    const folder = join(shelf, 'home');
    expect(await isSealed(folder)).toBe(false);
    await make(folder);
    expect(await isSealed(folder)).toBe(false);
    await seal(folder);
    expect(await isSealed(folder)).toBe(true);
  });

  it.each([
    ['a file is gone', (/** @type {string} */ dist) => rm(join(dist, 'resources', 'a.pak'))],
    ['a file was cut', (/** @type {string} */ dist) => writeFile(join(dist, 'electron'), 'bin')],
    ['a file can no longer be run', (/** @type {string} */ dist) => chmod(join(dist, 'electron'), 0o644)],
    ['a file was added', (/** @type {string} */ dist) => writeFile(join(dist, 'resources', 'app.asar'), 'x')],
    ['the list is cut', (/** @type {string} */ dist) => writeFile(join(dist, '..', 'contents.json'), '{"electron":')],
    ['everything is gone', (/** @type {string} */ dist) => rename(dist, `${dist}-away`)],
  ])('no longer counts when %s', async (_title, damage) => {
    const folder = join(shelf, 'home');
    await make(folder);
    await seal(folder);
    await damage(join(folder, 'dist'));
    expect(await isSealed(folder)).toBe(false);
  });

  it('takes the place of a damaged one and leaves nothing beside it', async () => {
    const home = join(shelf, 'home');
    await make(home);
    const made = workshopIn(shelf);
    await make(made);
    await seal(made);
    await publish(made, home);
    expect(await isSealed(home)).toBe(true);
    expect(await readdir(shelf)).toEqual(['home']);
  });

  it('is removed half made when its maker is gone, and left alone while its maker lives', async () => {
    const gone = await run(process.execPath, ['-p', 'process.pid'], { capture: true });
    await make(join(shelf, `making-${gone.output.trim()}`));
    await make(workshopIn(shelf));
    await removeLeftovers(shelf);
    expect(await readdir(shelf)).toEqual([`making-${process.pid}`]);
  });
});

describe('a release', () => {
  it('is refused on the floor, even where the floor has the declared version', () => {
    expect(releaseRefusal({ kind: 'floor', version: '45.4.1' }, '45.4.1')).toMatch(/never made from the floor/);
  });
  it('is refused on any other Electron than the declared one', () => {
    expect(releaseRefusal({ kind: 'override', version: '44.0.0' }, '45.4.1')).toMatch(/made from Electron 45\.4\.1/);
  });
  it('is made from the declared Electron', () => {
    expect(releaseRefusal({ kind: 'official', version: '45.4.1' }, '45.4.1')).toBeNull();
  });
});

describe('places', () => {
  it('the cache of the user, on each system', () => {
    expect(userCacheFolder('linux', {}, '/home/a')).toBe('/home/a/.cache/holdfast-development');
    expect(userCacheFolder('linux', { XDG_CACHE_HOME: '/cache' }, '/home/a')).toBe('/cache/holdfast-development');
    expect(userCacheFolder('darwin', { XDG_CACHE_HOME: '/cache' }, '/Users/a')).toBe('/Users/a/Library/Caches/holdfast-development');
    expect(userCacheFolder('win32', { LOCALAPPDATA: 'C:\\Users\\a\\Local' }, 'C:\\Users\\a')).toBe('C:\\Users\\a\\Local\\holdfast-development');
    expect(userCacheFolder('win32', {}, 'C:\\Users\\a')).toBe('C:\\Users\\a\\AppData\\Local\\holdfast-development');
  });
  it('the executable of a runtime and of the packaged app', () => {
    expect(executableIn('dist', 'linux')).toBe(join('dist', 'electron'));
    expect(executableIn('dist', 'win32')).toBe(join('dist', 'electron.exe'));
    expect(executableIn('dist', 'darwin')).toBe(join('dist', 'Electron.app', 'Contents', 'MacOS', 'Electron'));
    expect(unpackedExecutable('linux', 'arm64')).toBe('linux-arm64-unpacked/holdfast');
    expect(unpackedExecutable('darwin', 'arm64')).toBe('mac-arm64/Holdfast.app/Contents/MacOS/Holdfast');
    expect(unpackedExecutable('win32', 'x64')).toBe('win-unpacked/holdfast.exe');
  });
  it('a display is looked for on Linux only', () => {
    expect(hasDisplay('linux', {})).toBe(false);
    expect(hasDisplay('linux', { DISPLAY: '' })).toBe(false);
    expect(hasDisplay('linux', { DISPLAY: ':0' })).toBe(true);
    expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
    expect(hasDisplay('darwin', {})).toBe(true);
  });
});

describe('system packages', () => {
  it('count when they are fully installed, also under a new name that stands in for the old one', () => {
    const installed = parseInstalled('ii \tlibasound2t64\tlibasound2 (= 1.2.11-1), liboss4\nrc \txvfb\t\niU \txauth\t\nii \tdbus\t\n');
    expect(notInstalled([['libasound2'], ['xvfb'], ['xauth'], ['dbus']], installed)).toEqual([['xvfb'], ['xauth']]);
  });
});

describe('installing servers', () => {
  /** @type {string} */
  let folder;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-policy-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('forbids services to start while it lasts, also when it fails', async () => {
    const policy = join(folder, 'policy-rc.d');
    /** @type {number[]} */
    const codes = [];
    const ask = async () => void codes.push((await run(policy, [])).code);
    await withoutServices(ask, policy);
    const failing = withoutServices(async () => {
      await ask();
      throw new Error('no network');
    }, policy);
    await expect(failing).rejects.toThrow('no network');
    expect(codes).toEqual([101, 101]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves the policy of the machine alone', async () => {
    const policy = join(folder, 'policy-rc.d');
    await writeFile(policy, 'mine');
    await withoutServices(() => Promise.resolve(), policy);
    expect(await readFile(policy, 'utf8')).toBe('mine');
  });
});

describe('the summary', () => {
  const vitest = { success: true, numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0, testResults: [] };
  const playwright = { stats: { expected: 2, unexpected: 0, flaky: 0, skipped: 0 }, errors: [] };

  it('ends with one line over all runners', () => {
    const results = [{ name: 'lint', code: 0 }, { name: 'unit', code: 0, counts: countVitest(vitest) }, { name: 'e2e', code: 0, counts: countPlaywright(playwright) }];
    expect(summaryLines(results, 3)).toEqual(['lint: passed', 'unit: 3 passed, 0 failed, 1 skipped', 'e2e: 2 passed, 0 failed', '5 passed, 0 failed, 1 skipped']);
  });

  it('says why end-to-end tests were skipped', () => {
    const annotations = [{ type: 'skip', description: 'OpenSSH not installed' }];
    const suites = [{ suites: [{ specs: [{ tests: [{ status: 'skipped', annotations }, { status: 'expected', annotations: [] }] }] }] }];
    const counts = countPlaywright({ ...playwright, suites, stats: { ...playwright.stats, skipped: 1 } });
    expect(summaryLines([{ name: 'e2e', code: 0, counts }], 1)).toContain('  1 skipped: OpenSSH not installed');
  });

  it('says why tests were skipped, each reason once', () => {
    const test = (/** @type {string} */ status, /** @type {string} */ title, /** @type {{ whySkipped?: string }} */ meta = {}) => ({ status, title, meta });
    const testResults = [
      { assertionResults: [test('passed', 'a'), test('skipped', 'OpenSSH not installed', { whySkipped: 'OpenSSH not installed' })] },
      { assertionResults: [test('pending', 'fills the disk', { whySkipped: 'OpenSSH not installed' }), test('skipped', 'by hand'), test('failed', 'b')] },
    ];
    const counts = countVitest({ ...vitest, numPassedTests: 1, numFailedTests: 1, numPendingTests: 3, testResults });
    expect(summaryLines([{ name: 'unit', code: 1, counts }], 1)).toEqual(['unit: 1 passed, 1 failed, 3 skipped', '  2 skipped: OpenSSH not installed', '  1 skipped: by hand', '1 passed, 1 failed, 3 skipped']);
  });

  it.each([
    ['lint fails', { name: 'x', code: 1 }],
    ['a runner dies without a report', { name: 'x', code: 0, counts: countVitest(null) }],
    ['a runner fails although its tests passed', { name: 'x', code: 1, counts: countVitest(vitest) }],
    ['a test file cannot be loaded', { name: 'x', code: 0, counts: countVitest({ ...vitest, success: false }) }],
    ['a test passed only at its second try', { name: 'x', code: 0, counts: countPlaywright({ ...playwright, stats: { ...playwright.stats, flaky: 1 } }) }],
    ['end-to-end tests could not begin', { name: 'x', code: 0, counts: countPlaywright({ ...playwright, errors: [{}] }) }],
  ])('never ends in "0 failed" when %s', (_title, result) => {
    expect(summaryLines([result], 1).at(-1)).toMatch(/ passed, 1 failed/);
  });

  it('stops at the first failed step, says so, and exits with a failure', async () => {
    /** @type {string[]} */
    const ran = [];
    const step = (/** @type {string} */ name, /** @type {number} */ code) => () => {
      ran.push(name);
      return Promise.resolve({ name, code });
    };
    /** @type {string[]} */
    const shown = [];
    expect(await runSteps([step('a', 0), step('b', 2), step('c', 0)], (line) => shown.push(line))).toBe(1);
    expect(ran).toEqual(['a', 'b']);
    expect(shown).toEqual(['', 'a: passed', 'b: failed', 'not run after this failure: 1 more', '0 passed, 1 failed']);
    expect(await runSteps([step('a', 0)], () => {})).toBe(0);
  });

  it('also comes last when a step lacks what it needs', async () => {
    /** @type {string[]} */
    const shown = [];
    expect(await runSteps([() => Promise.reject(new SetupError('the build failed'))], (line) => shown.push(line))).toBe(1);
    expect(shown).toEqual(['holdfast: the build failed', '', 'set-up: failed', '0 passed, 1 failed']);
  });
});
