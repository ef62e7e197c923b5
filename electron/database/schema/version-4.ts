/** By which digest a file was proven: not always that of the checksum that is kept. Of what was read back it is. */
export const VERSION_4 = `
ALTER TABLE file_states ADD COLUMN algorithm TEXT;
UPDATE file_states SET algorithm = substr(checksum, 1, instr(checksum, ':') - 1) WHERE level >= 3 AND checksum IS NOT NULL;
`;
