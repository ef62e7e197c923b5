import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DAV_ACCOUNT } from './dav-account.ts';
import { executable } from './installed.ts';
import { freePort, makeServerFolder, removeServerFolder, run, startProcess, waitForPort, type RunningServer } from './server-process.ts';
import { mountSmallDisk } from './small-disk.ts';

/** `rclone serve webdav` over a local folder. Addresses end with a slash and want the account of `dav-account.ts`. */
export interface RunningRcloneDav extends RunningServer {
  readonly port: number;
  readonly data: string;
  readonly urls: {
    readonly dav: string;
    /** on a disk of its own of {@link RCLONE_DISK_BYTES}; null where none can be mounted */
    readonly full: string | null;
  };
}

export const RCLONE_DISK_BYTES = 16 * 1024 * 1024;

export async function startRcloneDav(): Promise<RunningRcloneDav> {
  const folder = await makeServerFolder('rclone');
  let unmount: (() => Promise<void>) | null = null;
  const clean = async (): Promise<void> => {
    await unmount?.();
    await removeServerFolder(folder);
  };
  try {
    const port = await freePort();
    const data = join(folder, 'data');
    await mkdir(data);
    unmount = await mountSmallDisk(join(folder, 'full-disk'), RCLONE_DISK_BYTES);
    const program = executable('rclone');
    const serve = (root: string, name: string, at: number) =>
      startProcess({
        name,
        command: program,
        args: ['--config', join(folder, 'none.conf'), 'serve', 'webdav', root, '--addr', `127.0.0.1:${at}`, '--user', DAV_ACCOUNT.user, '--pass', DAV_ACCOUNT.password, '--baseurl', '/dav'],
        folder,
        ready: waitForPort(at),
      });
    const running = await serve(data, 'rclone', port);
    const fullPort = unmount === null ? null : await freePort();
    const full = fullPort === null ? null : await serve(join(folder, 'full-disk'), 'rclone-full', fullPort);
    const url = (at: number) => `http://127.0.0.1:${at}/dav/`;
    return {
      name: 'rclone',
      version: /^rclone v(\S+)/.exec((await run(program, ['version'])).stdout)?.[1] ?? 'unknown',
      folder,
      port,
      data,
      urls: { dav: url(port), full: fullPort === null ? null : url(fullPort) },
      stop: async () => {
        await running.stop();
        await full?.stop();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}
