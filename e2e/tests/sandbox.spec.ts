import { writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { runExecutable } from '../harness/cli.ts';
import { executable } from '../harness/executable.ts';
import { expect, test } from '../harness/test.ts';

test('the page has no Node, no Electron and no other way out than the bridge', async ({ start }) => {
  const { page, electron } = await start();
  const preferences = await electron.evaluate(({ webContents }) => (webContents.getAllWebContents()[0] as unknown as { getLastWebPreferences(): object }).getLastWebPreferences());
  expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webviewTag: false });
  const found = await page.evaluate(() => {
    const inWindow = window as unknown as Record<string, unknown>;
    return ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer', '__dirname'].filter((name) => inWindow[name] !== undefined);
  });
  expect(found).toEqual([]);
  expect(await page.evaluate(() => Object.keys((window as unknown as { holdfast: object }).holdfast).sort())).toEqual(['adoptFiles', 'request', 'subscribe']);
  // The window may not name a path of this computer: tokens for paths come from drops and dialogs only.
  const adopted = await page.evaluate(() => {
    const { holdfast } = window as unknown as { holdfast: { request(route: string, input: unknown): Promise<unknown>; adoptFiles(files: unknown[]): Promise<unknown> } };
    return Promise.all([
      holdfast.request('local.adopt', { paths: ['/etc/passwd'] }).then(() => 'answered', (error: unknown) => String(error)),
      holdfast.adoptFiles([new File(['made by the page'], '/etc/passwd')]),
    ]);
  });
  expect(adopted[0]).toContain('Paths come from drops and dialogs only.');
  expect(adopted[1]).toEqual({ ok: true, value: [] });
});

test('the page cannot go anywhere, open a window, run an inline script or reach the network', async ({ start, serve }) => {
  const server = await serve();
  const { page, electron } = await start();
  const home = page.url();

  await electron.evaluate(({ webContents }) => {
    const refusals: object[] = [];
    (globalThis as { holdfastRefusals?: object[] }).holdfastRefusals = refusals;
    // Asked after the app's own listener: what it did is known by then.
    webContents.getAllWebContents()[0]?.on('will-frame-navigate', ({ url, defaultPrevented }) => refusals.push({ url, defaultPrevented }));
  });
  await page.evaluate((url) => {
    location.href = url;
  }, server.url());
  await expect.poll(() => electron.evaluate(() => (globalThis as { holdfastRefusals?: object[] }).holdfastRefusals)).toEqual([{ url: server.url(), defaultPrevented: true }]);
  expect(page.url()).toBe(home);

  expect(await page.evaluate((url) => window.open(url), server.url())).toBeNull();
  expect(electron.windows()).toHaveLength(1);

  await page.evaluate((url) => {
    const seen: string[] = [];
    Object.assign(window, { violations: seen });
    document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.inlineRan = true';
    const button = document.createElement('button');
    button.setAttribute('onclick', 'window.inlineRan = true');
    const frame = document.createElement('iframe');
    frame.src = url;
    const picture = new Image();
    picture.src = `${url}picture.png`;
    document.body.append(script, button, frame, picture);
    button.click();
    void fetch(url).catch(() => undefined);
  }, server.url());
  const seen = () => page.evaluate(() => (window as unknown as { violations: readonly string[] }).violations);
  await expect.poll(seen).toEqual(expect.arrayContaining(['script-src-elem', 'script-src-attr', 'frame-src', 'connect-src', 'img-src']));
  expect(await page.evaluate(() => 'inlineRan' in window)).toBe(false);
  // The page carries a policy of its own too: this is the one that main sends, and it must be as strict by itself.
  const policy = await page.evaluate(async () => (await fetch(location.href)).headers.get('content-security-policy'));
  expect(policy?.split('; ')).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"]));
  expect(server.requests, 'nothing of all that reached the server').toEqual([]);
  expect(await page.evaluate(() => location.href)).toBe(home);
});

test('every permission is refused', async ({ start }) => {
  const { page } = await start();
  const answers = await page.evaluate(async () => ({
    notifications: await Notification.requestPermission(),
    place: await new Promise((resolve) => navigator.geolocation.getCurrentPosition(() => resolve('given'), ({ code }) => resolve(code))),
    camera: await navigator.mediaDevices.getUserMedia({ video: true }).then(() => 'given', (error: DOMException) => error.name),
    clipboard: await navigator.clipboard.readText().then(() => 'given', (error: DOMException) => error.name),
  }));
  expect(answers).toEqual({ notifications: 'denied', place: 1, camera: expect.stringMatching(/NotAllowedError|NotFoundError/) as unknown, clipboard: 'NotAllowedError' });
});

test('a page that is not ours gets no answer, even with our preload', async ({ start, folders }) => {
  const { electron } = await start();
  const strange = join(folders.desktop, 'strange.html');
  await writeFile(strange, '<!doctype html><title>strange</title><iframe></iframe>');
  const opened = electron.waitForEvent('window');
  await electron.evaluate(async ({ app, BrowserWindow }, file) => {
    const window = new BrowserWindow({ webPreferences: { preload: `${app.getAppPath()}/out/preload/preload.cjs`, sandbox: true, contextIsolation: true } });
    await window.loadFile(file);
  }, strange);
  const page = await opened;
  await page.waitForLoadState();
  const answer = await page.evaluate(() => (window as unknown as { holdfast: { request(route: string, input: unknown): Promise<unknown> } }).holdfast.request('app.info', {}));
  expect(answer).toEqual({ ok: false, error: expect.objectContaining({ code: 'permission_denied' }) as object });
  expect(await page.evaluate(() => typeof (document.querySelector('iframe')?.contentWindow as unknown as { holdfast?: unknown }).holdfast), 'frames have no bridge').toBe('undefined');
});

test('unknown and inherited routes and bad inputs are refused as data', async ({ start }) => {
  const { page } = await start();
  const ask = (route: string, input: unknown) => page.evaluate(([name, value]) => (window as unknown as { holdfast: { request(route: unknown, input: unknown): Promise<{ ok: boolean; error?: { code: string } }> } }).holdfast.request(name, value), [route, input] as const);
  for (const route of ['toString', '__proto__', 'constructor', 'no.such', '']) expect(await ask(route, {}), route).toMatchObject({ ok: false, error: { code: 'invalid_config' } });
  expect(await ask('browse.list', { locationId: 'x', path: '../../etc', cursor: null })).toMatchObject({ ok: false });
  expect(await ask('settings.set', { theme: 'pink' })).toMatchObject({ ok: false, error: { code: 'invalid_config' } });
  expect(await ask('app.info', { more: 1 })).toMatchObject({ ok: false, error: { code: 'invalid_config' } });
});

test('the fuses of the packaged binary are set', async () => {
  const wire = await getCurrentFuseWire(executable());
  // Bytes of the wire: the characters '0' and '1'.
  const off = '0'.charCodeAt(0);
  const on = '1'.charCodeAt(0);
  expect({
    runAsNode: wire[FuseV1Options.RunAsNode],
    nodeOptions: wire[FuseV1Options.EnableNodeOptionsEnvironmentVariable],
    cookieEncryption: wire[FuseV1Options.EnableCookieEncryption],
    asarIntegrity: wire[FuseV1Options.EnableEmbeddedAsarIntegrityValidation],
    onlyFromAsar: wire[FuseV1Options.OnlyLoadAppFromAsar],
    filePrivileges: wire[FuseV1Options.GrantFileProtocolExtraPrivileges],
  }).toEqual({ runAsNode: off, nodeOptions: off, cookieEncryption: on, asarIntegrity: on, onlyFromAsar: on, filePrivileges: off });
});

test('the binary cannot be made into a Node that runs foreign scripts', async ({ folders }) => {
  const marker = join(folders.desktop, 'ran');
  const script = join(folders.desktop, 'script.cjs');
  await writeFile(script, `require('node:fs').writeFileSync(${JSON.stringify(marker)}, 'yes');`);
  const asNode = await runExecutable([script, 'help'], { ELECTRON_RUN_AS_NODE: '1' });
  expect(asNode.stdout, 'it is still Holdfast').toContain('Stores files, and proves');
  expect(asNode.code).toBe(0);
  const byOptions = await runExecutable(['help'], { NODE_OPTIONS: `--require ${script}` });
  expect(byOptions.stdout).toContain('Stores files, and proves');
  expect(existsSync(marker)).toBe(false);
});
