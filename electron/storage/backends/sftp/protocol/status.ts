/** The server refused a request, in the protocol's own words. Made into one of our errors by who knows what was asked. */
export class SftpStatus extends Error {
  /** one of {@link STATUS} */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'SftpStatus';
    this.status = status;
  }
}

export function statusOf(error: unknown): number | null {
  return error instanceof SftpStatus ? error.status : null;
}
