/** What an interrupted try of a transfer left at the destination, as JSON, so that the next one can go on there. */
export const VERSION_3 = `
ALTER TABLE transfers ADD COLUMN resume TEXT;
CREATE INDEX transfers_with_leftovers ON transfers (batch) WHERE resume IS NOT NULL;
`;
