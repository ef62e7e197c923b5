import { type ServerCertificates, createServerCertificates } from './certificates.ts';
import { signal } from './guardian.ts';
import { descendants } from './process-tree.ts';
import { type RunningServer, makeServerFolder, removeServerFolder } from './server-process.ts';

/** An FTP server of the tests, on 127.0.0.1 alone. */
export interface FtpServer extends RunningServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** the folder that users see as `/`, from outside */
  readonly home: string;
  /** makes a folder below `home` that the user may write to */
  makeFolder(name: string): Promise<void>;
  /** Stops all sessions where they are, until the returned function is called. */
  pause(): () => void;
}

/** Ports for data connections. */
export interface PassivePorts {
  readonly first: number;
  readonly last: number;
}

/** For `pause`: stops the server and its sessions. */
export function pauseAll(pid: number): () => void {
  const stopped = [pid, ...descendants(pid).map((each) => each.pid)];
  for (const each of stopped) signal(each, 'SIGSTOP');
  return () => {
    for (const each of stopped) signal(each, 'SIGCONT');
  };
}

/** Starts a server that shows certificates of an authority of its own. */
export async function withCertificates<Server extends FtpServer>(start: (certificates: ServerCertificates) => Promise<Server>): Promise<Server & { readonly certificates: ServerCertificates }> {
  const folder = await makeServerFolder('certificates');
  try {
    const certificates = await createServerCertificates(folder);
    const server = await start(certificates);
    return { ...server, certificates, stop: () => server.stop().then(() => removeServerFolder(folder)) };
  } catch (error) {
    await removeServerFolder(folder);
    throw error;
  }
}
