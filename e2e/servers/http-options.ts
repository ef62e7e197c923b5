/** How the server behaves when nothing goes wrong; may be changed while it runs. */
export interface HttpServerOptions {
  /** null: everybody may do everything */
  token: string | null;
  /** algorithms of `?checksum=`; with none the query is ignored and the file itself is answered, as plain servers do */
  digests: readonly string[];
  /** how a digest is written */
  digestForm: 'json' | 'text';
  /** folders are listed */
  listing: boolean;
  /** `Range` is honoured */
  ranges: boolean;
  /** `HEAD` is known */
  head: boolean;
  /** `If-None-Match: *` is honoured */
  noOverwrite: boolean;
  /** what a PUT with `Content-Range` does */
  update: 'patch' | 'replace' | 'refuse';
  /** `POST` allocates */
  allocate: boolean;
  remove: boolean;
  /** a PUT that is cut leaves what came of it */
  keepPartial: boolean;
  /** largest body, else 413 */
  maximumBody: number;
  /** bytes that fit, else 507 */
  capacity: number;
}

export const HONEST: Readonly<HttpServerOptions> = {
  token: null,
  digests: ['sha256', 'sha512', 'sha1', 'md5'],
  digestForm: 'json',
  listing: true,
  ranges: true,
  head: true,
  noOverwrite: true,
  update: 'patch',
  allocate: true,
  remove: true,
  keepPartial: false,
  maximumBody: Number.POSITIVE_INFINITY,
  capacity: Number.POSITIVE_INFINITY,
};
