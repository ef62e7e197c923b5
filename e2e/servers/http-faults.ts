/** One thing that a bad server does. Sizes and offsets are in bytes. */
export type Fault =
  /** answers so before it reads the body */
  | { readonly kind: 'status'; readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
  /** takes no bytes and never answers */
  | { readonly kind: 'stall' }
  /** gives so many bytes of a download, then nothing, with the connection open */
  | { readonly kind: 'stall download'; readonly after: number }
  /** cuts the connection after so many bytes of the body, up or down */
  | { readonly kind: 'cut'; readonly after: number }
  /** does what was asked, then cuts the connection instead of answering */
  | { readonly kind: 'lose answer' }
  /** stores the byte `at` as another one */
  | { readonly kind: 'flip'; readonly at: number }
  /** stores no more than the first bytes */
  | { readonly kind: 'truncate'; readonly to: number }
  /** remembers the digest of what it received, and gives that instead of the stored bytes' digest */
  | { readonly kind: 'echo digest' }
  /** answers a question for a digest so */
  | { readonly kind: 'digest'; readonly body: string }
  /** takes and gives bytes no faster */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** tells another size in answers to HEAD */
  | { readonly kind: 'head size'; readonly size: number }
  /** answers a listing so */
  | { readonly kind: 'listing'; readonly body: string }
  /** stores under another path (no slash at the start) and says so in `Location` */
  | { readonly kind: 'move'; readonly to: string };

export type FaultKind = Fault['kind'];

export interface FaultRule {
  readonly fault: Fault;
  /** default: every method */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** decoded path without a slash at the start; default: every path but those of probes */
  readonly path?: string | RegExp;
  /** how often it happens; default: always */
  readonly times?: number;
}

/** Files that a client stores to find out what the server can do; rules without a path leave them alone. */
const PROBE = /(^|\/)\.holdfast-probe-/;

/** The rules in force; the first that matches wins. */
export class Faults {
  #rules: { readonly rule: FaultRule; left: number }[] = [];

  set(...rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
  }

  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The fault of that kind for this request; counts as having happened. */
  take<Kind extends FaultKind>(kind: Kind, method: string, path: string): Extract<Fault, { readonly kind: Kind }> | null {
    const found = this.#rules.find(({ rule, left }) => left > 0 && rule.fault.kind === kind && (rule.method ?? method) === method && matches(rule.path, path));
    if (found === undefined) return null;
    found.left -= 1;
    return found.rule.fault as Extract<Fault, { readonly kind: Kind }>;
  }
}

function matches(wanted: string | RegExp | undefined, path: string): boolean {
  if (wanted === undefined) return !PROBE.test(path);
  return typeof wanted === 'string' ? wanted === path : wanted.test(path);
}
