import { checksumHex } from '../../../shared/storage/checksum.ts';
import type { Receipt } from '../../../shared/transfers/transfer.ts';

/**
 * One line of coreutils' checksum format: a name with a backslash, newline or carriage return is escaped, and the line begins with a
 * backslash then (GNU coreutils manual, "cksum output modes"). The mark is that of binary mode off, as `sha256sum` writes on Linux.
 */
export function checksumLine(hex: string, name: string): string {
  const escaped = name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === name ? '' : '\\'}${hex}  ${escaped}\n`;
}

/** The file as a SHA256SUMS list names it: its place in the location, or its path on this computer. */
export function receiptName({ destination }: Receipt): string {
  return destination.endpoint.path;
}

/** A line for each receipt that has a sha256; `sha256sum -c` accepts them. Give the newest receipt of each file only, or lists of replaced files fail. */
export async function* sha256Sums(receipts: AsyncIterable<readonly Receipt[]>): AsyncGenerator<string> {
  for await (const page of receipts) {
    const lines = page.flatMap((receipt) => (receipt.checksums.sha256 === undefined ? [] : [checksumLine(checksumHex(receipt.checksums.sha256), receiptName(receipt))]));
    if (lines.length > 0) yield lines.join('');
  }
}
