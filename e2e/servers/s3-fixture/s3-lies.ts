/** What a bad S3 server does to a request. Sizes and offsets are in bytes. */
export type S3Lie =
  /** stores no more than the first bytes, and answers as if all were there */
  | { readonly kind: 'truncate'; readonly to: number }
  /** stores the byte `at` as another one, and answers as if it were right */
  | { readonly kind: 'flip'; readonly at: number }
  /** takes the checksums and MD5 that the client declares without checking, and gives them back as its own */
  | { readonly kind: 'echo checksum' }
  /** answers 200 after so many bytes of the body, and stores no more than those */
  | { readonly kind: 'answer early'; readonly after: number }
  /** tells another size in answers to HEAD */
  | { readonly kind: 'head size'; readonly size: number }
  /** has these names too in listings of objects */
  | { readonly kind: 'list'; readonly names: readonly string[] }
  /** answers so before the body is read */
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string; readonly headers?: Readonly<Record<string, string>> }
  /** answers 200 and then an error in the body, as S3 may where the answer takes long */
  | { readonly kind: 'late error'; readonly code: string }
  /** does what was asked, then cuts the connection instead of answering */
  | { readonly kind: 'lose answer' }
  /** never answers */
  | { readonly kind: 'stall' };

export type S3LieKind = S3Lie['kind'];

export interface S3LieRule {
  readonly lie: S3Lie;
  /** e.g. `PutObject`; default: every one */
  readonly operation?: string;
  /** default: every one, but those of probes */
  readonly key?: string | RegExp;
  readonly partNumber?: number;
  /** how often it happens; default: always */
  readonly times?: number;
}

/** What a rule looks at. */
export interface LieTarget {
  readonly operation: string;
  readonly key: string;
  readonly partNumber: number | null;
}

/** Objects that a client stores to find out what the server can do; rules without a key leave them alone. */
const PROBE = /(^|\/)\.holdfast-probe-/;

/** The rules in force; the first that matches wins. */
export class S3Lies {
  #rules: { readonly rule: S3LieRule; left: number }[] = [];

  set(...rules: readonly S3LieRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
  }

  add(rule: S3LieRule): void {
    this.#rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The lie of that kind for this request; counts as having happened. */
  take<Kind extends S3LieKind>(kind: Kind, target: LieTarget): Extract<S3Lie, { readonly kind: Kind }> | null {
    const found = this.#rules.find(({ rule, left }) => left > 0 && rule.lie.kind === kind && matches(rule, target));
    if (found === undefined) return null;
    found.left -= 1;
    return found.rule.lie as Extract<S3Lie, { readonly kind: Kind }>;
  }
}

function matches({ operation, key, partNumber }: S3LieRule, target: LieTarget): boolean {
  if ((operation ?? target.operation) !== target.operation || (partNumber ?? target.partNumber) !== target.partNumber) return false;
  if (key === undefined) return !PROBE.test(target.key);
  return typeof key === 'string' ? key === target.key : key.test(target.key);
}

/** Names that a listing must survive, for the lie `list`. */
export const HOSTILE_NAMES: readonly string[] = [
  '../up.txt',
  'a/../../up.txt',
  '/absolute.txt',
  'a//b.txt',
  './here.txt',
  'C:\\windows.txt',
  'nul\0name.txt',
  `${'long'.repeat(2500)}.txt`,
  '\u001b[2J\u001b]0;title\u0007escape.txt',
  'bidi\u202etxt.exe',
  'twice.txt',
  'twice.txt',
  ' ',
  '..',
];
