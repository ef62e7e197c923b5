import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { basicPasswordLine } from './dav-account.ts';
import { executable } from './installed.ts';
import { freePort, makeServerFolder, removeServerFolder, run, startProcess, waitForPort, type RunningServer } from './server-process.ts';
import { mountSmallDisk } from './small-disk.ts';

const DAV_EXT = '/usr/lib/nginx/modules/ngx_http_dav_ext_module.so';
const ACCOUNT = 'www-data';

/** nginx with its DAV module and dav-ext. Addresses end with a slash and want the account of `dav-account.ts`. */
export interface RunningNginx extends RunningServer {
  readonly port: number;
  readonly data: string;
  readonly urls: {
    readonly dav: string;
    /** knows PROPFIND and GET only */
    readonly readOnly: string;
    /** on a disk of its own of {@link NGINX_DISK_BYTES}; null where none can be mounted */
    readonly full: string | null;
  };
}

export const NGINX_DISK_BYTES = 16 * 1024 * 1024;

export async function startNginx(): Promise<RunningNginx> {
  const folder = await makeServerFolder('nginx');
  let unmount: (() => Promise<void>) | null = null;
  const clean = async (): Promise<void> => {
    await unmount?.();
    await removeServerFolder(folder);
  };
  try {
    const path = (name: string) => join(folder, name);
    const port = await freePort();
    for (const name of ['data', 'read-only', 'tmp']) await mkdir(path(name));
    if (process.getuid?.() === 0) {
      const ids = await Promise.all(['-u', '-g'].map(async (option) => Number((await run('id', [option, ACCOUNT])).stdout)));
      for (const name of ['data', 'tmp']) await chown(path(name), ids[0] ?? 0, ids[1] ?? 0);
    }
    unmount = await mountSmallDisk(path('full'), NGINX_DISK_BYTES);
    await writeFile(path('read-only/hello.txt'), 'hello\n');
    await writeFile(path('htpasswd'), await basicPasswordLine());
    await writeFile(path('nginx.conf'), configuration(folder, port));
    const running = await startProcess({ name: 'nginx', command: executable('nginx'), args: ['-c', path('nginx.conf')], folder, ready: waitForPort(port) });
    const url = (place: string) => `http://127.0.0.1:${port}/${place}/`;
    return {
      name: 'nginx',
      version: /nginx\/(\S+)/.exec((await run(executable('nginx'), ['-v'])).stderr)?.[1] ?? 'unknown',
      folder,
      port,
      data: path('data'),
      urls: { dav: url('dav'), readOnly: url('ro'), full: unmount === null ? null : url('full') },
      stop: async () => {
        await running.stop();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}

function configuration(folder: string, port: number): string {
  const temporary = ['proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${folder}/tmp/${name};`).join('\n');
  const writable = 'dav_methods PUT DELETE MKCOL COPY MOVE; dav_ext_methods PROPFIND OPTIONS; create_full_put_path on; dav_access user:rw group:r all:r;';
  return `
load_module ${DAV_EXT};
daemon off;
${process.getuid?.() === 0 ? `user ${ACCOUNT};` : ''}
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log info;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/tmp/body;
${temporary}
  client_max_body_size 0;
  client_body_buffer_size 1m;
  sendfile on;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    server_name localhost;
    auth_basic dav;
    auth_basic_user_file ${folder}/htpasswd;
    location /dav/ { alias ${folder}/data/; ${writable} }
    location /full/ { alias ${folder}/full/; ${writable} }
    location /ro/ { alias ${folder}/read-only/; dav_ext_methods PROPFIND OPTIONS; }
  }
}
`;
}
