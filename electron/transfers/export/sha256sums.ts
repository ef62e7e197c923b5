import { checksumHex } from '../../../shared/storage/checksum.ts';
import type { Receipt } from '../../../shared/transfers/transfer.ts';
import { sumLine } from './sum-line.ts';

/** The file as a SHA256SUMS list names it: its place in the location, or its path on this computer. */
export function receiptName({ destination }: Receipt): string {
  return destination.endpoint.path;
}

/** A line for each receipt that has a sha256; `sha256sum -c` accepts them. Give the newest receipt of each file only, or lists of replaced files fail. */
export async function* sha256Sums(receipts: AsyncIterable<readonly Receipt[]>): AsyncGenerator<string> {
  for await (const page of receipts) {
    const lines = page.flatMap((receipt) => (receipt.checksums.sha256 === undefined ? [] : [sumLine(checksumHex(receipt.checksums.sha256), receiptName(receipt))]));
    if (lines.length > 0) yield lines.join('');
  }
}
