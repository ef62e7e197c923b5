import type { RunningServer } from './server-process.ts';

/** An FTP server of the tests, on 127.0.0.1 alone. */
export interface FtpServer extends RunningServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** the folder that users see as `/`, from outside */
  readonly home: string;
  /** makes a folder below `home` that the user may write to */
  makeFolder(name: string): Promise<void>;
}

/** Ports that one server may open for data connections. */
export const PASSIVE_PORTS = 60;
