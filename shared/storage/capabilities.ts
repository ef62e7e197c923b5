import type { HashName } from './checksum.ts';

/** What a location can do, found by probing it at connect. The conformance suite tests both answers of each: yes works, no is refused with `unsupported`. */
export interface Capabilities {
  /**
   * files can be found again by their path: looked up and opened. No: the storage only takes files and names them itself, so `stat`, and
   * `open` and `delete` of a file that this very object did not save, are refused, and a save never replaces anything
   */
  readonly read: boolean;
  /** folders can be listed */
  readonly list: boolean;
  /** folders can be made; no: a folder comes to be by saving a file into it, so a tree is stored by its files alone */
  readonly makeDirectory: boolean;
  /** files and folders can be renamed */
  readonly move: boolean;
  /** files can be deleted */
  readonly delete: boolean;
  /** `open` honours `start` and `end` */
  readonly rangeRead: boolean;
  /** space can be allocated before the bytes come */
  readonly initialize: boolean;
  /** bytes can be written at an offset into an existing file */
  readonly update: boolean;
  /** a save that was cut off can go on where it stopped, after what is there was proven to be the source's */
  readonly resume: boolean;
  /** a save can be told not to replace a file, without a race; no: it is refused, or the name is only looked up before */
  readonly noOverwrite: boolean;
  /** a save becomes visible whole or not at all, and was proven before */
  readonly atomicPublish: boolean;
  /** the time of modification can be kept */
  readonly preserveModified: boolean;
  /** earlier versions of a file can be listed and read */
  readonly versions: boolean;
  /** a link can be made by which anybody may fetch a file for some time */
  readonly link: boolean;
  /** algorithms that the storage itself computes over the stored bytes; empty when it cannot */
  readonly serverDigest: readonly HashName[];
  /** largest file in bytes that the storage accepts; null when not known */
  readonly maximumSize: number | null;
}
