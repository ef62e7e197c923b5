import type { ErrorCode } from '../../shared/storage/errors.ts';
import type { CertificateFiles } from '../servers/real/certificates.ts';
import type { ServerName } from '../servers/real/installed.ts';

/** How `locations add` reaches a server. */
export interface Address {
  readonly backend: string;
  readonly uri: string;
  readonly options?: Readonly<Record<string, string>>;
  /** the main secret under the empty key, further ones under the keys of their fields; they go through the environment */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** What must end in a clear error, with every kind of storage on every server. */
export const FAILURES = ['wrong secret', 'unknown host', 'refused connection', 'certificate', 'clock', 'missing place', 'no permission', 'read only', 'no space', 'name too long'] as const;

export type Failure = (typeof FAILURES)[number];

/** An address that cannot be added, and why. */
export interface Refusal {
  readonly failure: Failure;
  readonly what: string;
  readonly address: Address;
  readonly codes: readonly ErrorCode[];
  /** what the sentence must name */
  readonly says?: RegExp;
  /** Holdfast finds a way around it: the location must be added and work */
  readonly works?: true;
}

/** An upload that cannot end well, and why. */
export interface RefusedUpload {
  readonly failure: Failure;
  readonly what: string;
  readonly address: Address;
  /** bytes of the file; default: {@link SMALL} */
  readonly size?: number;
  /** folder in the location; default: its root */
  readonly folder?: string;
  /** it would replace a file of {@link SMALL} bytes, which must stay */
  readonly replaces?: true;
  readonly codes: readonly ErrorCode[];
  readonly says: RegExp;
  /** default: 2; 1 is for what is wrong before anything is sent */
  readonly exit?: 1 | 2;
  /** All files at the place, also hidden ones, each as path and size, as they are seen from outside, without Holdfast. */
  stored(): Promise<readonly string[]>;
}

export const SMALL = 100_000;

/** How the same server shows another certificate. */
export interface Showing {
  readonly address: Address;
  /** bytes that came to it after the handshake; undefined where nobody counts */
  received?(): number;
  stop(): Promise<void>;
}

/** The same server for rclone: a remote on the fly (`:sftp,host=...:path`) and what goes through the environment. */
export interface RcloneRemote {
  readonly remote: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

/** What lies with a server, seen past its protocol. */
export interface ServerDisk {
  /** SHA-256 of every finished file of that name, oldest first */
  contents(name: string): Promise<readonly string[]>;
  /** Removes all files. */
  clear(): Promise<void>;
}

/** A storage server that runs, as the tests from outside use it. */
export interface RunningTarget {
  readonly version: string;
  /** the port of 127.0.0.1 that a fault proxy is put before */
  readonly port: number;
  /** the address through `port`, which is the server's own or a proxy's */
  address(port: number): Address;
  /** addresses that must be refused when they are added, beside those that every server has (a wrong secret, an unknown host, a closed port) */
  refusals?(port: number): readonly Refusal[];
  /** the server's own files, for a storage that gives nothing back */
  readonly disk?: ServerDisk;
  /** uploads that must fail, each for its own reason */
  refusedUploads?(port: number): readonly RefusedUpload[];
  /** the server behind that certificate, with the authority in the address; none where the protocol knows no certificates */
  showing?(certificate: CertificateFiles, caFile: string): Promise<Showing>;
  /** failures that cannot be had here, and why */
  readonly notHere?: Readonly<Partial<Record<Failure, string>>>;
  /** null where rclone has no such backend or cannot sign in */
  rclone(): RcloneRemote | null;
  stop(): Promise<void>;
}

/** One kind of storage on one server. */
export interface StorageTarget {
  /** for `--only`, e.g. `sftp-openssh` */
  readonly id: string;
  /** e.g. `SFTP · OpenSSH` */
  readonly title: string;
  readonly needs: readonly ServerName[];
  /** data flows over connections beside the one that a proxy sees (FTP), so cuts and flips are left to the backend's own tests */
  readonly beside?: true;
  /** stands for its protocol in the short form of `npm test`; the others have the conformance suite there, and all are in the long form */
  readonly short?: true;
  start(): Promise<RunningTarget>;
}
