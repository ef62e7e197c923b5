import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServerCertificates, createServerCertificates } from './certificates.ts';
import { basicPasswordLine, digestPasswordLine } from './dav-account.ts';
import { executable } from './installed.ts';
import { freePorts, makeServerFolder, removeServerFolder, run, startProcess, waitForPort, type RunningServer } from './server-process.ts';
import { mountSmallDisk } from './small-disk.ts';

const MODULES = '/usr/lib/apache2/modules';
const ACCOUNT = 'www-data';

/** Apache with mod_dav. All addresses end with a slash; all want the account of `dav-account.ts`. */
export interface RunningApache extends RunningServer {
  readonly port: number;
  readonly httpsPort: number;
  /** what all of them but `readOnly` and `full` store into */
  readonly data: string;
  readonly caFile: string;
  readonly certificates: ServerCertificates;
  readonly urls: {
    readonly basic: string;
    readonly secure: string;
    readonly digest: string;
    /** the server may read the files only */
    readonly readOnly: string;
    /** takes bodies of so many bytes only: {@link APACHE_BODY_LIMIT} */
    readonly capped: string;
    /** on a disk of its own of {@link APACHE_DISK_BYTES}; null where none can be mounted */
    readonly full: string | null;
  };
}

export const APACHE_BODY_LIMIT = 1024 * 1024;
export const APACHE_DISK_BYTES = 16 * 1024 * 1024;

export interface ApacheOptions {
  /** what the https port shows; default: `good` */
  readonly certificate?: 'good' | 'wrongName' | 'expired' | 'selfSigned';
  /** how long a nonce of digest authentication lives, in seconds; default: 300 */
  readonly nonceSeconds?: number;
}

export async function startApache({ certificate = 'good', nonceSeconds = 300 }: ApacheOptions = {}): Promise<RunningApache> {
  const folder = await makeServerFolder('apache');
  let unmount: (() => Promise<void>) | null = null;
  const clean = async (): Promise<void> => {
    await unmount?.();
    await removeServerFolder(folder);
  };
  try {
    const path = (name: string) => join(folder, name);
    const [port = 0, httpsPort = 0] = await freePorts(2);
    for (const name of ['data', 'read-only', 'lock', 'tmp']) await mkdir(path(name));
    if (process.getuid?.() === 0) {
      const ids = await Promise.all(['-u', '-g'].map(async (option) => Number((await run('id', [option, ACCOUNT])).stdout)));
      for (const name of ['data', 'lock', 'tmp']) await chown(path(name), ids[0] ?? 0, ids[1] ?? 0);
    }
    unmount = await mountSmallDisk(path('full'), APACHE_DISK_BYTES);
    await writeFile(path('read-only/hello.txt'), 'hello\n');
    await writeFile(path('htpasswd'), await basicPasswordLine());
    await writeFile(path('htdigest'), digestPasswordLine());
    const certificates = await createServerCertificates(folder);
    await writeFile(path('httpd.conf'), configuration({ folder, port, httpsPort, nonceSeconds, ...certificates[certificate] }));
    const running = await startProcess({ name: 'apache', command: executable('apache2'), args: ['-DFOREGROUND', '-f', path('httpd.conf')], folder, ready: waitForPort(port) });
    const url = (place: string) => `http://127.0.0.1:${port}/${place}/`;
    return {
      name: 'Apache',
      version: /Apache\/(\S+)/.exec((await run(executable('apache2'), ['-v'])).stdout)?.[1] ?? 'unknown',
      folder,
      port,
      httpsPort,
      data: path('data'),
      caFile: certificates.caFile,
      certificates,
      urls: { basic: url('dav'), secure: `https://127.0.0.1:${httpsPort}/dav/`, digest: url('digest'), readOnly: url('ro'), capped: url('capped'), full: unmount === null ? null : url('full') },
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

interface Configuration {
  readonly folder: string;
  readonly port: number;
  readonly httpsPort: number;
  readonly nonceSeconds: number;
  readonly certFile: string;
  readonly keyFile: string;
}

function configuration({ folder, port, httpsPort, nonceSeconds, certFile, keyFile }: Configuration): string {
  const modules = ['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'auth_digest', 'alias', 'dav', 'dav_fs', 'ssl', 'socache_shmcb', 'reqtimeout'];
  return `
ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
Listen 127.0.0.1:${httpsPort}
${process.getuid?.() === 0 ? `User ${ACCOUNT}\nGroup ${ACCOUNT}` : ''}
PidFile ${folder}/httpd.pid
ErrorLog ${folder}/error.log
Mutex file:${folder}/tmp default
${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
DavLockDB ${folder}/lock/db
DocumentRoot ${folder}/data
Alias /dav ${folder}/data
Alias /digest ${folder}/data
Alias /capped ${folder}/data
Alias /ro ${folder}/read-only
Alias /full ${folder}/full
FileETag MTime Size
LimitRequestBody 0
KeepAlive On
MaxKeepAliveRequests 0
<Directory ${folder}>
  Require all denied
</Directory>
<LocationMatch "^/(dav|ro|full|capped)(/|$)">
  Dav On
  AuthType Basic
  AuthName dav
  AuthUserFile ${folder}/htpasswd
  Require valid-user
</LocationMatch>
<Location /digest>
  Dav On
  AuthType Digest
  AuthName dav
  AuthDigestDomain /digest
  AuthDigestNonceLifetime ${nonceSeconds}
  AuthUserFile ${folder}/htdigest
  Require valid-user
</Location>
<Location /capped>
  LimitRequestBody ${APACHE_BODY_LIMIT}
</Location>
<VirtualHost 127.0.0.1:${httpsPort}>
  SSLEngine on
  SSLCertificateFile ${certFile}
  SSLCertificateKeyFile ${keyFile}
</VirtualHost>
`;
}
