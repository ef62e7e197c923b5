import { createHash } from 'node:crypto';

/** Kind of a public key in SSH's own form (RFC 4253 section 6.6), e.g. `ssh-ed25519`. @returns null when it is none */
export function keyType(blob: Buffer): string | null {
  if (blob.length < 4) return null;
  const length = blob.readUInt32BE(0);
  const type = blob.toString('latin1', 4, 4 + length);
  return length > 0 && length <= blob.length - 4 && /^[\x21-\x7e]+$/.test(type) ? type : null;
}

/** As `ssh-keygen -l` writes it: `SHA256:` and unpadded Base64. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** @returns the one spelling of a fingerprint; null when it is none */
export function parseFingerprint(text: string): string | null {
  const digits = /^(?:SHA-?256:)?([A-Za-z0-9+/]{43})=?$/i.exec(text.trim())?.[1];
  return digits === undefined ? null : `SHA256:${digits}`;
}
