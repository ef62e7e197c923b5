import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from '@playwright/test';
import type { HttpServerOptions } from '../servers/http-options.ts';
import { type TestAuthority, createAuthority } from '../servers/certificates.ts';
import { type Certificate, HttpServer } from '../servers/http-server.ts';
import { type LaunchOptions, type RunningApp, launchApp } from './launch.ts';

/** Folders of one test. */
export interface Folders {
  /** data folder of the app, not there before the first start */
  readonly profile: string;
  /** where the Local library keeps its files */
  readonly library: string;
  /** an empty folder for the files of the "desktop" */
  readonly desktop: string;
}

interface Fixtures {
  readonly folders: Folders;
  /** Starts the app on the test's profile; what still runs at the end of the test is ended. A failure leaves a picture of each window. */
  readonly start: (options?: Partial<LaunchOptions>) => Promise<RunningApp>;
  /** Starts an HTTP storage server on loopback, stopped at the end of the test. */
  readonly serve: (options?: Partial<HttpServerOptions>, certificate?: Certificate) => Promise<HttpServer>;
  /** Makes an authority and a certificate by it for 127.0.0.1, removed at the end of the test. */
  readonly certify: (names?: readonly string[]) => Promise<TestAuthority>;
}

export const test = base.extend<Fixtures>({
  folders: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'));
    const profile = join(root, 'profile');
    const desktop = join(root, 'desktop');
    await mkdir(desktop);
    await use({ profile, library: join(profile, 'Local library'), desktop });
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  },
  serve: async ({}, use) => {
    const servers: HttpServer[] = [];
    await use(async (options, certificate) => {
      const server = await HttpServer.start(options, certificate);
      servers.push(server);
      return server;
    });
    for (const server of servers) await server.stop();
  },
  certify: async ({}, use) => {
    const made: TestAuthority[] = [];
    await use(async (names = ['IP:127.0.0.1']) => {
      const authority = await createAuthority(names);
      made.push(authority);
      return authority;
    });
    for (const authority of made) await authority.remove();
  },
  // Depends on the servers, so that the app has ended before they do.
  start: async ({ folders, serve: _serve }, use, testInfo) => {
    const running = new Set<RunningApp>();
    await use(async (options = {}) => {
      const app = await launchApp({ profile: folders.profile, ...options });
      running.add(app);
      app.electron.process().once('exit', () => running.delete(app));
      return app;
    });
    for (const app of running) {
      if (testInfo.status !== testInfo.expectedStatus) {
        for (const [index, page] of app.electron.windows().entries()) await page.screenshot({ path: testInfo.outputPath(`window-${app.pid}-${index + 1}.png`) });
      }
      await app.close();
    }
  },
});

export { expect } from '@playwright/test';
