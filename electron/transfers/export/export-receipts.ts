import type { Receipt } from '../../../shared/transfers/transfer.ts';
import { jsonArray, jsonLines } from './receipts-json.ts';
import { sha256Sums } from './sha256sums.ts';

export const EXPORT_FORMATS = ['json', 'jsonl', 'sha256sums'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const EXPORTERS: Readonly<Record<ExportFormat, (receipts: AsyncIterable<readonly Receipt[]>) => AsyncIterable<string>>> = { json: jsonArray, jsonl: jsonLines, sha256sums: sha256Sums };

/** Receipts as the text of a file, piece by piece, so that millions need no memory. */
export function exportReceipts(format: ExportFormat, receipts: AsyncIterable<readonly Receipt[]>): AsyncIterable<string> {
  return EXPORTERS[format](receipts);
}
