/** The closed list of what can go wrong; everything is wrapped into one of these once, in the base class of the backends. */
export const ERROR_CODES = [
  'not_found',
  'already_exists',
  'permission_denied',
  'authentication_failed',
  'untrusted_server',
  'out_of_space',
  'size_limit_exceeded',
  'size_mismatch',
  'checksum_mismatch',
  'source_changed',
  'unsupported',
  'invalid_config',
  'invalid_location',
  'unavailable',
  'rate_limited',
  'canceled',
  'plugin_failed',
  'unexpected',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Plain facts about the failure (paths, sizes, digests, HTTP status). Never a secret. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | null>>;

/** What of an error crosses IPC, goes into the journal and onto the command line. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly context: ErrorContext;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set(['unavailable', 'rate_limited', 'source_changed']);

export interface StorageErrorOptions {
  readonly retryable?: boolean;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** The one error of Holdfast. `message` is one sentence that names the value, what was expected and where. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, options: StorageErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE.has(code);
    this.context = options.context ?? {};
  }

  toRecord(): ErrorRecord {
    return { code: this.code, message: this.message, retryable: this.retryable, context: this.context };
  }
}

export interface ErrorAdvice {
  /** Short heading for the user. */
  readonly title: string;
  /** What the user can do now. */
  readonly nextStep: string;
  /** It is done in the location's settings. */
  readonly inSettings?: true;
}

export const ERROR_ADVICE: Readonly<Record<ErrorCode, ErrorAdvice>> = {
  not_found: { title: 'Not found', nextStep: 'Refresh the folder; it may have been moved or deleted by someone else.' },
  already_exists: { title: 'Already exists', nextStep: 'Choose to skip, overwrite or rename, then retry.' },
  permission_denied: { title: 'No permission', nextStep: 'Ask the owner of this storage for the right to do this, or choose another folder.' },
  authentication_failed: { title: 'Sign-in refused', nextStep: 'Check the user name and enter the secret again in the location’s settings.', inSettings: true },
  untrusted_server: { title: 'Server not trusted', nextStep: 'Check the certificate with the server’s owner, or add its certificate authority to the location.', inSettings: true },
  out_of_space: { title: 'No space left', nextStep: 'Free space at the destination or choose another one, then retry.' },
  size_limit_exceeded: { title: 'Too large', nextStep: 'Choose a smaller file, or raise the size limit of the location if you may.' },
  size_mismatch: { title: 'Wrong size', nextStep: 'The bad copy was not kept. Retry; if it happens again, check the storage.' },
  checksum_mismatch: { title: 'Checksum mismatch', nextStep: 'The stored bytes are not yours and your source is untouched. Retry; if it happens again, do not trust this storage.' },
  source_changed: { title: 'Source changed', nextStep: 'Wait until nothing writes to the file, then retry.' },
  unsupported: { title: 'Not supported here', nextStep: 'This storage cannot do that; see its capabilities in the location’s details.' },
  invalid_config: { title: 'Not valid', nextStep: 'Correct the value and try again.' },
  invalid_location: { title: 'Bad path', nextStep: 'Use a path inside the location, without "..", and names that the storage accepts.' },
  unavailable: { title: 'Not reachable', nextStep: 'Check the connection and whether the server runs, then retry.' },
  rate_limited: { title: 'Server is busy', nextStep: 'Wait a little, then retry; lower the number of parallel transfers if it happens often.' },
  canceled: { title: 'Canceled', nextStep: 'Nothing was kept at the destination. Retry when you want.' },
  plugin_failed: { title: 'Plugin failed', nextStep: 'Disable or update the plugin, then retry.' },
  unexpected: { title: 'Unexpected failure', nextStep: 'Retry. If it happens again, copy the details and report them.' },
};
