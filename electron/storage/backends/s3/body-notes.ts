/** What is known of a request's body beside its bytes. */
export interface BodyNote {
  /** for `x-amz-content-sha256`: hexadecimal, or UNSIGNED-PAYLOAD; absent: computed when the request is signed */
  readonly payloadHash?: string;
  /** told once all of it was given to the connection, again when the request is tried again */
  readonly sent?: () => void;
}

const NOTES = new WeakMap<object, BodyNote>();

/** The SDK hands a body through its layers as it is, so what is known of it can be found again by the body. */
export function note(body: object, about: BodyNote): void {
  NOTES.set(body, about);
}

export function noteOf(body: unknown): BodyNote | undefined {
  return typeof body === 'object' && body !== null ? NOTES.get(body) : undefined;
}
