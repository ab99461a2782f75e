import type { Migration } from "./migration.ts";

/**
 * The tables of a SQLite store. docs/tokens.md documents them, because other programs may write to them: constraints
 * check each row, and triggers give every change the next number of one sequence. SQLite has one writer at a time, so the
 * numbers become visible in order.
 *
 * `seq` is the row id, so that the last changes are at the end of the table. AUTOINCREMENT never reuses a number. A use of
 * a token is not a change. SQLite 3.37 is new enough; the 3.40 of Debian 12 has no `unixepoch('subsec')`.
 */
export const SQLITE_MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    sql: `
CREATE TABLE tokens (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  handle TEXT NOT NULL UNIQUE CHECK (length(handle) = 8 AND handle NOT GLOB '*[^0-9A-Za-z]*'),
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  username TEXT NOT NULL CHECK (
    length(username) <= 64 AND username GLOB '[0-9A-Za-z]*' AND username NOT GLOB '*[^-0-9A-Za-z._@]*'
    AND username <> 'other'
  ),
  name TEXT CHECK (length(name) <= 200),
  scopes TEXT NOT NULL DEFAULT '' CHECK (scopes NOT GLOB '*[^ -~]*'),
  networks TEXT NOT NULL DEFAULT '' CHECK (networks NOT GLOB '*[^ 0-9A-Fa-f.:/]*'),
  created INTEGER NOT NULL DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)) CHECK (abs(created) <= 8640000000000000),
  not_before INTEGER CHECK (abs(not_before) <= 8640000000000000),
  expires INTEGER CHECK (abs(expires) <= 8640000000000000),
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
  revoked INTEGER CHECK (abs(revoked) <= 8640000000000000),
  rotated_from TEXT,
  last_used INTEGER CHECK (abs(last_used) <= 8640000000000000),
  last_used_from TEXT
) STRICT;

CREATE TABLE deleted_tokens (
  seq INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE token_events (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  handle TEXT NOT NULL,
  action TEXT NOT NULL,
  detail TEXT NOT NULL,
  by TEXT NOT NULL,
  host TEXT NOT NULL
) STRICT;

CREATE INDEX token_events_by_handle ON token_events (handle, id);

CREATE TRIGGER tokens_changed
AFTER UPDATE OF handle, username, name, scopes, networks, not_before, expires, disabled, revoked ON tokens
BEGIN
  UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'tokens';
  UPDATE tokens SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'tokens') WHERE digest = NEW.digest;
END;

CREATE TRIGGER tokens_keep_their_digest
BEFORE UPDATE OF digest ON tokens WHEN NEW.digest <> OLD.digest
BEGIN
  SELECT RAISE(ABORT, 'a token keeps its digest; insert a new row');
END;

CREATE TRIGGER tokens_stay_revoked
BEFORE UPDATE OF revoked ON tokens WHEN OLD.revoked IS NOT NULL AND NEW.revoked IS NULL
BEGIN
  SELECT RAISE(ABORT, 'a revoked token stays revoked');
END;

-- INSERT OR REPLACE would remove the old row without its trigger, and its token would go on working.
CREATE TRIGGER tokens_are_not_replaced
BEFORE INSERT ON tokens WHEN EXISTS (SELECT 1 FROM tokens WHERE handle = NEW.handle AND digest <> NEW.digest)
BEGIN
  SELECT RAISE(ABORT, 'a token with this handle is already there');
END;

CREATE TRIGGER tokens_deleted AFTER DELETE ON tokens
BEGIN
  UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'tokens';
  INSERT INTO deleted_tokens SELECT seq, OLD.digest FROM sqlite_sequence WHERE name = 'tokens';
END;

CREATE TRIGGER tokens_inserted AFTER INSERT ON tokens
WHEN EXISTS (SELECT 1 FROM deleted_tokens WHERE digest = NEW.digest)
BEGIN
  DELETE FROM deleted_tokens WHERE digest = NEW.digest;
END;
`,
  },
];
