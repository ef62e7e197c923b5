import type { Receipt } from '../../../shared/transfers/transfer.ts';

/** A JSON array, one receipt a line. */
export async function* jsonArray(receipts: AsyncIterable<readonly Receipt[]>): AsyncGenerator<string> {
  let before = '[\n';
  for await (const page of receipts) {
    for (const receipt of page) {
      yield `${before}${JSON.stringify(receipt)}`;
      before = ',\n';
    }
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** JSON Lines: one receipt a line. */
export async function* jsonLines(receipts: AsyncIterable<readonly Receipt[]>): AsyncGenerator<string> {
  for await (const page of receipts) yield page.map((receipt) => `${JSON.stringify(receipt)}\n`).join('');
}
