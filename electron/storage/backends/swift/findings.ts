import type { Capabilities } from '../../../../shared/storage/capabilities.ts';
import type { HashName } from '../../../../shared/storage/checksum.ts';
import type { SwiftLimits } from './limits.ts';
import { mostBytes } from './part-plan.ts';
import type { SegmentPlace } from './upload-note.ts';

/** What was found out about a container by trying it. */
export interface Findings {
  readonly list: boolean;
  readonly rangeRead: boolean;
  /** files can be stored and deleted again; nothing below is known when not */
  readonly write: boolean;
  /** nothing could be stored for want of room; what is there can be removed */
  readonly full: boolean;
  /** the server answers to a PUT with the MD5 of what it got, also when it was not told one */
  readonly computesMd5: boolean;
  /** it refuses bytes whose MD5 is another one than it was told (422) */
  readonly refusesWrongMd5: boolean;
  /** `If-None-Match: *` is refused when the name is taken; two at the same moment may both come through */
  readonly ifNoneMatch: boolean;
  /** `X-Object-Meta-Mtime` comes back */
  readonly keepsModified: boolean;
  /** objects can be copied inside the storage */
  readonly copy: boolean;
  /** null: large files of segments do not work here */
  readonly segments: SegmentFindings | null;
  /** what temporary links are signed with; null: they do not work */
  readonly link: LinkKey | null;
  /** the container keeps old versions, which may need the segments of replaced files */
  readonly versioned: boolean;
  /** why nothing was tried by writing; null when it was */
  readonly notTried: string | null;
}

export interface SegmentFindings {
  readonly place: SegmentPlace;
  /** a manifest with a wrong digest of a segment is refused */
  readonly refusesWrongMd5: boolean;
  /** the server gives the manifest again, so the segments of any large file can be told */
  readonly readable: boolean;
  /** listings tell large files by `slo_etag` */
  readonly marked: boolean;
  /** listings tell their size, not that of the manifest */
  readonly sized: boolean;
  /** listings tell them with the MD5 of nothing */
  readonly asEmpty: boolean;
}

export interface LinkKey {
  readonly digest: HashName;
  readonly key: string;
}

export const NOTHING_WRITTEN = { write: false, computesMd5: false, refusesWrongMd5: false, ifNoneMatch: false, keepsModified: false, copy: false, segments: null } as const;

export function capabilitiesOf(findings: Findings, limits: SwiftLimits): Capabilities {
  const { list, rangeRead, write, full, copy, segments, link, keepsModified, computesMd5 } = findings;
  return {
    read: true,
    list,
    makeDirectory: write && list,
    move: write && copy,
    delete: write || full,
    rangeRead,
    initialize: false,
    update: false,
    resume: write && segments !== null,
    // Of several PUTs with `If-None-Match: *` at the same moment more than one comes through: it is no lock.
    noOverwrite: false,
    // A small file is proven after its PUT.
    atomicPublish: false,
    preserveModified: write && keepsModified,
    versions: false,
    link: link !== null,
    serverDigest: computesMd5 ? ['md5'] : [],
    maximumSize: segments !== null || (!write && limits.segments) ? mostBytes(limits) : limits.maxObject,
  };
}
