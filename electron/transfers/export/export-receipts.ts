import type { Receipt } from '../../../shared/transfers/transfer.ts';
import { jsonArray, jsonLines } from './receipts-json.ts';
import { sha256Sums } from './sha256sums.ts';

export const EXPORT_FORMATS = ['json', 'jsonl', 'sha256sums'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Where receipts come from: the database. */
export interface ReceiptSource {
  all(): AsyncIterable<readonly Receipt[]>;
  /** the newest of each destination */
  latest(): AsyncIterable<readonly Receipt[]>;
}

/** Receipts as the text of a file, piece by piece, so that millions need no memory. A list of sums names each file once. */
export function exportReceipts(format: ExportFormat, receipts: ReceiptSource): AsyncIterable<string> {
  switch (format) {
    case 'json':
      return jsonArray(receipts.all());
    case 'jsonl':
      return jsonLines(receipts.all());
    case 'sha256sums':
      return sha256Sums(receipts.latest());
  }
}
