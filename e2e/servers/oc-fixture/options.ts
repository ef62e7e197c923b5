/** How the fixture behaves; may be changed while it runs. */
export interface OcFixtureOptions {
  /** `plain`: a WebDAV server of no product */
  product: 'ownCloud' | 'Nextcloud' | 'plain';
  user: string;
  password: string;
  /** where the location's root is: `new` is `remote.php/dav/files/USER/`, `old` is `remote.php/webdav/` */
  entrance: 'new' | 'old';
  chunking: boolean;
  /** `OC-Checksum` of an upload; the default is that of the product */
  ocChecksum: 'compare' | 'keep' | null;
  /** RFC 9530. `computed`: told of the stored bytes; `kept`: what the uploader said is told; `compared`: a wrong one is refused, none is told */
  reprDigest: 'none' | 'computed' | 'kept' | 'compared';
  /** bytes that fit, else 507 */
  capacity: number;
  /** a PUT with `Content-Range` writes in place; else it is refused */
  partialPut: boolean;
  /** MOVE heeds `Overwrite: F` */
  heedsOverwrite: boolean;
  /** PROPPATCH of `{DAV:}getlastmodified` works instead of `X-OC-Mtime` */
  timeByProperty: boolean;
  /** full addresses instead of paths are listed, of this host */
  hrefHost: string | null;
  /** how far its clock is ahead, in seconds */
  clockAhead: number;
}

export const OC_DEFAULTS: Readonly<OcFixtureOptions> = {
  product: 'ownCloud',
  user: 'me@example.org',
  password: 'open sesame',
  entrance: 'new',
  chunking: true,
  ocChecksum: null,
  reprDigest: 'none',
  capacity: Number.POSITIVE_INFINITY,
  partialPut: false,
  heedsOverwrite: true,
  timeByProperty: false,
  hrefHost: null,
  clockAhead: 0,
};

/** One thing that a bad server does. Sizes and offsets are in bytes. */
export type OcFault =
  /** stores the byte `at` as another one */
  | { readonly kind: 'flip'; readonly at: number }
  /** stores no more than the first bytes */
  | { readonly kind: 'truncate'; readonly to: number }
  /** answers 201 at the first byte and stores what came until then */
  | { readonly kind: 'early ok' }
  /** does what was asked, then cuts the connection instead of answering */
  | { readonly kind: 'lose answer' }
  /** answers so, and does nothing */
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  /** does what was asked, then answers so */
  | { readonly kind: 'done, but'; readonly status: number }
  /** tells another size of a file */
  | { readonly kind: 'size'; readonly size: number }
  /** answers a PROPFIND of a folder with this */
  | { readonly kind: 'listing'; readonly body: string | Buffer };

export interface OcFaultRule {
  readonly fault: OcFault;
  /** default: every method */
  readonly method?: string;
  /** decoded path below the account's files, or `uploads/...`; default: every path but those of probes */
  readonly path?: RegExp;
  /** how often it happens; default: always */
  readonly times?: number;
}

const PROBE = /holdfast-probe-/;

/** The rules in force; the first that matches wins. */
export class OcFaults {
  #rules: { readonly rule: OcFaultRule; left: number }[] = [];

  set(...rules: readonly OcFaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
  }

  /** Counts as having happened. */
  take<Kind extends OcFault['kind']>(kind: Kind, method: string, path: string): Extract<OcFault, { readonly kind: Kind }> | null {
    const found = this.#rules.find(({ rule, left }) => left > 0 && rule.fault.kind === kind && (rule.method ?? method) === method && (rule.path === undefined ? !PROBE.test(path) : rule.path.test(path)));
    if (found === undefined) return null;
    found.left -= 1;
    return found.rule.fault as Extract<OcFault, { readonly kind: Kind }>;
  }
}
