import type { SecureContext } from 'node:tls';

/** What the fixture does wrong, or does not know. */
export interface FtpLies {
  /** lines of FEAT; default: what a modern server has */
  readonly features?: readonly string[];
  /** commands that are not known */
  readonly unknown?: readonly string[];
  /** the reply to a command instead of doing it, with all its lines; null: no reply, the connection is closed; undefined: as usual */
  reply?(command: string, argument: string): string | null | undefined;
  /** Done instead of a reply, after the command was carried out: the connection is closed. */
  readonly loseAnswerTo?: readonly string[];
  /** what is sent for MLSD and LIST, whatever is stored */
  readonly listing?: string | Buffer;
  /** what STOR and APPE keep of what came */
  keeps?(bytes: Buffer): Buffer;
  /** what RETR sends */
  sends?(bytes: Buffer): Buffer;
  /** what SIZE, MLST and MLSD say */
  size?(bytes: Buffer): number;
  /** what HASH says */
  digest?(hex: string): string;
  /** the address in the reply to PASV, e.g. `10,1,2,3` */
  readonly pasvHost?: string;
  /** more control connections are refused */
  readonly mostConnections?: number;
  /** AUTH TLS is taken */
  readonly secureContext?: SecureContext;
}
