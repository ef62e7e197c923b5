/** A private key in SSH's own terms: the public key's blob, and the fields that a private one adds. */
export interface KeyParts {
  readonly type: string;
  readonly blob: Buffer;
  /** in the order of the format (OpenSSH's PROTOCOL.key section 3), without comment */
  readonly fields: readonly Uint8Array[];
}

const MAGIC = 'openssh-key-v1\0';
const BLOCK = 8;

/** Writes a key as an unencrypted OpenSSH private key (PROTOCOL.key), which the SSH library reads. Never leaves memory. */
export function toOpenSshKey({ type, blob, fields }: KeyParts): string {
  const check = Buffer.alloc(4);
  const secret = Buffer.concat([check, check, ...[Buffer.from(type), ...fields, Buffer.alloc(0)].map(sshString)]);
  const padding = Buffer.from(Array.from({ length: (BLOCK - (secret.length % BLOCK)) % BLOCK }, (_, at) => at + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const none = sshString(Buffer.from('none'));
  const whole = Buffer.concat([Buffer.from(MAGIC, 'latin1'), none, none, sshString(Buffer.alloc(0)), count, sshString(blob), sshString(Buffer.concat([secret, padding]))]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${whole.toString('base64').replaceAll(/.{70}(?=.)/g, '$&\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

/** RFC 4251 section 5 */
export function sshString(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The strings of a blob, one after the other. @throws RangeError when it ends early */
export function sshStrings(blob: Buffer, count: number): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; found.length < count; ) {
    const length = blob.readUInt32BE(at);
    const bytes = blob.subarray(at + 4, at + 4 + length);
    if (bytes.length < length) throw new RangeError('the blob ends early');
    found.push(bytes);
    at += 4 + length;
  }
  return found;
}
