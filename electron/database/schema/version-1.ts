/**
 * Times are ISO 8601 text in UTC unless a comment says milliseconds. `transfers.batch` and `walks.batch` are `batches.seq`.
 * `batch_counts` is kept by triggers, so that no list and no total counts rows.
 */
export const VERSION_1 = `
CREATE TABLE locations (
  id TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  config TEXT NOT NULL
) STRICT;

-- what Holdfast notes about this file itself
CREATE TABLE upkeep (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE secrets (id TEXT PRIMARY KEY, ciphertext BLOB NOT NULL) STRICT;

-- processes that work on batches; times in milliseconds since 1970
CREATE TABLE owners (
  id TEXT PRIMARY KEY,
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  started INTEGER NOT NULL,
  heartbeat INTEGER NOT NULL
) STRICT;

CREATE TABLE batches (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  owner TEXT REFERENCES owners (id) ON DELETE SET NULL,
  title TEXT NOT NULL,
  direction TEXT NOT NULL,
  conflict TEXT NOT NULL,
  location_id TEXT NOT NULL,
  -- upload: folder in the location; download: folder on this computer
  root TEXT NOT NULL,
  options TEXT NOT NULL,
  queued_at TEXT NOT NULL
) STRICT;
CREATE INDEX batches_by_owner ON batches (owner);

-- sources that are still to be walked
CREATE TABLE walks (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  batch INTEGER NOT NULL REFERENCES batches (seq) ON DELETE CASCADE,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  -- 'unknown' until it was looked at, then 'folder'
  kind TEXT NOT NULL,
  -- lowest transfers.seq that its entries may have, once some were queued
  first_transfer INTEGER
) STRICT;
CREATE INDEX walks_by_batch ON walks (batch, seq);

CREATE TABLE transfers (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  batch INTEGER NOT NULL REFERENCES batches (seq) ON DELETE CASCADE,
  -- 'file', 'folder' (an empty one), 'walk' (a folder that could not be listed), 'refused' (can never be moved)
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  size INTEGER,
  state TEXT NOT NULL,
  -- what the state needs to say, as JSON: the error, the reason of a pause or of a skip
  detail TEXT,
  receipt TEXT,
  -- answer to a conflict, over the policy of the batch
  conflict TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- automatic tries since the user asked for it last
  tries INTEGER NOT NULL DEFAULT 0,
  -- failures met, JSON array, oldest first
  errors TEXT NOT NULL DEFAULT '[]',
  -- 1: a try was cut off, its bytes may lie at the destination already
  interrupted INTEGER NOT NULL DEFAULT 0,
  -- 1: what lies at the destination came from a try of this transfer
  published INTEGER NOT NULL DEFAULT 0,
  -- not before, milliseconds since 1970
  run_after INTEGER NOT NULL DEFAULT 0,
  queued_at TEXT NOT NULL,
  started_at TEXT,
  finished_at TEXT
) STRICT;
CREATE INDEX transfers_by_batch_state ON transfers (batch, state, seq);
CREATE INDEX transfers_by_batch ON transfers (batch, seq);
CREATE INDEX transfers_by_state ON transfers (state, seq);
CREATE INDEX transfers_waiting ON transfers (batch) WHERE run_after > 0;

CREATE TABLE batch_counts (
  batch INTEGER NOT NULL REFERENCES batches (seq) ON DELETE CASCADE,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (batch, state)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER transfers_added AFTER INSERT ON transfers BEGIN
  INSERT INTO batch_counts (batch, state, count, bytes) VALUES (new.batch, new.state, 1, coalesce(new.size, 0))
    ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER transfers_changed AFTER UPDATE OF state, size ON transfers WHEN old.state <> new.state OR old.size IS NOT new.size BEGIN
  UPDATE batch_counts SET count = count - 1, bytes = bytes - coalesce(old.size, 0) WHERE batch = old.batch AND state = old.state;
  INSERT INTO batch_counts (batch, state, count, bytes) VALUES (new.batch, new.state, 1, coalesce(new.size, 0))
    ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER transfers_removed AFTER DELETE ON transfers BEGIN
  UPDATE batch_counts SET count = count - 1, bytes = bytes - coalesce(old.size, 0) WHERE batch = old.batch AND state = old.state;
END;

CREATE TABLE receipts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  transfer INTEGER NOT NULL UNIQUE,
  location_id TEXT NOT NULL,
  path TEXT NOT NULL,
  -- names that a search looks at
  words TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX receipts_by_file ON receipts (location_id, path, seq);

CREATE TABLE file_states (
  location_id TEXT NOT NULL,
  path TEXT NOT NULL,
  size INTEGER,
  modified TEXT,
  kind TEXT NOT NULL,
  level INTEGER NOT NULL,
  checksum TEXT,
  expected TEXT,
  found TEXT,
  at TEXT NOT NULL,
  PRIMARY KEY (location_id, path)
) STRICT, WITHOUT ROWID;
`;
