/** What was found out about a container by trying it. */
export interface Findings {
  /** blobs can be listed */
  readonly list: boolean;
  readonly rangeRead: boolean;
  /** snapshots and versions can be listed */
  readonly versions: boolean;
  /** blobs can be stored; everything below is false when not */
  readonly write: boolean;
  readonly delete: boolean;
  readonly noOverwrite: boolean;
  /** Put Blob with a wrong `Content-MD5` is refused */
  readonly checksWhole: boolean;
  /** Put Blob answers with an MD5 that the service computed: it came although we sent none */
  readonly computesMd5: boolean;
  /** Put Block with a wrong `Content-MD5` is refused */
  readonly checksBlocks: boolean;
  /** error code of such a refusal: the emulator has another one than Azure */
  readonly mismatchCode: string | null;
  /** blocks that were not committed can be listed, with their ids and sizes */
  readonly listsBlocks: boolean;
  /** the account keeps old versions by itself */
  readonly versioning: boolean;
  /** why nothing was tried by writing; null when it was */
  readonly notTried: string | null;
}

export const NOTHING_WRITTEN = {
  write: false,
  delete: false,
  noOverwrite: false,
  checksWhole: false,
  computesMd5: false,
  checksBlocks: false,
  mismatchCode: null,
  listsBlocks: false,
  versioning: false,
} as const;
