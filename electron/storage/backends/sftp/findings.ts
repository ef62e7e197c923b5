import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import type { DigestFindings } from './digest/server-digests.ts';

/**
 * How a finished file takes the place of an old one: in one step by posix-rename, or by a plain rename where the server lets it replace;
 * else the old one is moved aside first.
 */
export type Replacing = 'posix-rename' | 'rename' | 'aside';

/**
 * How a finished file takes a name that must be free. `rename`: the server makes a link and removes the old name, which fails when the
 * name is taken. `link`: the same in two requests. `reserve`: the name is taken by an empty file first, which is then replaced. `look`:
 * the server refuses, but maybe only after it looked, or Holdfast itself looks; somebody may come in between.
 */
export type Naming = 'rename' | 'link' | 'reserve' | 'look';

/** What was found out about a server by trying it. */
export interface Findings {
  /** `below`: not in the location's folder itself, but in one of its folders; `no`: nowhere that was tried */
  readonly write: 'yes' | 'below' | 'no';
  /** why nothing was tried by writing; null when it was */
  readonly notTried: string | null;
  /** bytes can be written into a file that is there */
  readonly update: boolean;
  /** a file can be given its size before its bytes */
  readonly initialize: boolean;
  readonly keepsTimes: boolean;
  readonly keepsMode: boolean;
  readonly fsync: boolean;
  readonly copyData: boolean;
  readonly statvfs: boolean;
  readonly replacing: Replacing;
  readonly naming: Naming;
  readonly digests: DigestFindings;
  /** bytes of UTF-8; null where the server does not say */
  readonly longestName: number | null;
  /** what the server calls itself */
  readonly software: string;
}

export function capabilitiesOf(findings: Findings, serverDigest: Capabilities['serverDigest']): Capabilities {
  const writes = findings.write !== 'no';
  return {
    read: true,
    list: true,
    makeDirectory: writes,
    move: writes,
    delete: writes,
    rangeRead: true,
    initialize: writes && findings.initialize,
    update: writes && findings.update,
    resume: writes && findings.update,
    noOverwrite: writes && findings.naming !== 'look',
    atomicPublish: writes,
    preserveModified: writes && findings.keepsTimes,
    versions: false,
    link: false,
    serverDigest,
    maximumSize: null,
  };
}
