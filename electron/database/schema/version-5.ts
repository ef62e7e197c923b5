/** A batch may be held back, and go before or after others. */
export const VERSION_5 = `
-- 1: nothing of it is begun
ALTER TABLE batches ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
-- 1: before others, 0: as they come, -1: after others
ALTER TABLE batches ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
`;
