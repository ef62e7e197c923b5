import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { runExecutable } from '../harness/cli.ts';
import { dropFiles } from '../harness/drop.ts';
import { makeFile } from '../harness/files.ts';
import { expect, test as base } from '../harness/test.ts';
import { fileGrid, fileRow, fillHttpLocation, locationButton, unfold } from '../harness/window.ts';
import { ConnectProxy } from '../servers/connect-proxy.ts';
import { type PacServer, servePac } from '../servers/pac-server.ts';
import { SocksProxy } from '../servers/socks-proxy.ts';

/** Names that no computer resolves: who reaches the server by one came through the proxy that knows it. */
const BY_HTTP = 'files.by-http.holdfast.test';
const BY_SOCKS = 'files.by-socks.holdfast.test';

const test = base.extend<{ readonly network: { readonly http: ConnectProxy; readonly socks: SocksProxy; readonly pac: PacServer } }>({
  network: async ({ folders: _folders }, use) => {
    const http = await ConnectProxy.start({ names: { [BY_HTTP]: '127.0.0.1' } });
    const socks = await SocksProxy.start({ names: { [BY_SOCKS]: '127.0.0.1' } });
    const pac = await servePac(`
      if (host === '${BY_HTTP}') return 'PROXY 127.0.0.1:${http.port}; DIRECT';
      if (shExpMatch(host, '*.by-socks.*')) return 'SOCKS5 127.0.0.1:${socks.port}';
      return 'DIRECT';`);
    await use({ http, socks, pac });
    for (const server of [http, socks, pac]) await server.stop();
  },
});

test('the window goes where the system’s PAC file says, over TLS with the certificate pinned', async ({ start, serve, certify, network, folders }) => {
  const certificate = await certify([`DNS:${BY_HTTP}`, `DNS:${BY_SOCKS}`]);
  const server = await serve({}, certificate);
  const { page } = await start({ switches: [`--proxy-pac-url=${network.pac.url}`] });
  for (const [name, host, asked] of [['By HTTP', BY_HTTP, network.http.asked], ['By SOCKS', BY_SOCKS, network.socks.asked]] as const) {
    const dialog = await fillHttpLocation(page, { name, address: server.url(host) });
    await dialog.getByRole('button', { name: 'Save' }).click();
    const question = page.getByRole('alertdialog', { name: 'Trust this server?' });
    await expect(question).toContainText(new X509Certificate(certificate.cert).fingerprint256);
    await question.getByRole('button', { name: 'Trust this server' }).click();
    await expect(dialog).toBeHidden();
    await dropFiles(page, [await makeFile(join(folders.desktop, `${name}.bin`), 300_000)], fileGrid(page));
    await expect(fileRow(page, `${name}.bin`)).toContainText('sha256 · server digest');
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.at(-1)).toContain(`${host}:${new URL(server.url()).port}`);
  }
  expect(network.pac.fetched()).toBeGreaterThan(0);
});

test('a location may have a proxy of its own, or none', async ({ start, serve, network }) => {
  const server = await serve();
  const { page } = await start({ switches: [`--proxy-pac-url=${network.pac.url}`] });
  const dialog = await fillHttpLocation(page, { name: 'Own way', address: server.url(BY_HTTP) });
  await unfold(dialog, 'More options');
  const proxy = dialog.getByRole('textbox', { name: 'Proxy' });

  await proxy.fill('none');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Not reachable', { timeout: 20_000 });
  expect(network.http.asked).toEqual([]);

  await proxy.fill('proxy.example.org');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(proxy).toHaveAttribute('aria-invalid', 'true');
  await expect(proxy).toBeFocused();
  await expect(dialog.getByRole('alert')).toContainText('is no proxy');

  // The SOCKS proxy does not know that name either: its answer is shown.
  await proxy.fill(`socks5://127.0.0.1:${network.socks.port}`);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText(`The proxy 127.0.0.1:${network.socks.port} does not connect to ${BY_HTTP}`, { timeout: 20_000 });

  await proxy.fill(`http://127.0.0.1:${network.http.port}`);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(locationButton(page, 'Own way')).toHaveAccessibleName('Own way connected');
  expect(network.http.asked.length).toBeGreaterThan(0);
});

test('a proxy that wants a sign-in says so at its field', async ({ start, serve }) => {
  const server = await serve();
  const proxy = await ConnectProxy.start({ answer: 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="office"\r\n\r\n' });
  const { page } = await start();
  const dialog = await fillHttpLocation(page, { name: 'Office', address: server.url() });
  await unfold(dialog, 'More options');
  await dialog.getByRole('textbox', { name: 'Proxy' }).fill(`http://127.0.0.1:${proxy.port}`);
  await dialog.getByRole('button', { name: 'Test' }).click();
  await expect(dialog.getByRole('alert')).toContainText('wants a user name and password (407)');
  await expect(dialog.getByRole('textbox', { name: 'Proxy' })).toHaveAttribute('aria-invalid', 'true');
  await proxy.stop();
});

test('the command line goes the same ways', async ({ serve, network, folders }) => {
  const server = await serve();
  const pac = `--proxy-pac-url=${network.pac.url}`;
  const run = (switches: readonly string[], ...words: string[]) => runExecutable([...switches, '--profile', folders.profile, ...words]);
  const add = ['locations', 'add', 'Archive', '--backend', 'http', '--uri', server.url(BY_SOCKS)];
  const direct = await run([], ...add, '--json');
  expect(direct.code, 'without the PAC file the name leads nowhere').toBe(2);
  const added = await run([pac], ...add);
  expect(added.code, added.stderr).toBe(0);
  expect(network.socks.asked.length).toBeGreaterThan(0);
  const file = await makeFile(join(folders.desktop, 'file.bin'), 100_000);
  expect((await run([pac], 'upload', file, 'Archive:/')).code).toBe(0);
  expect((await run([], 'ls', 'Archive:/')).code).toBe(2);
});
