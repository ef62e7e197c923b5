/** Finds the newest receipt of each destination without looking at all of them. */
export const VERSION_2 = `
CREATE INDEX receipts_by_destination ON receipts (json_extract(body, '$.destination.endpoint'), seq);
`;
