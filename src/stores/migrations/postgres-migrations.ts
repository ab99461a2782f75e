import type { Migration } from "./migration.ts";

/** The channel on which a change is announced. */
export const POSTGRES_CHANNEL = "token_server";

/** The advisory lock that every change of tokens holds until it is committed: "TSRV". */
export const POSTGRES_LOCK = 0x54535256;

/**
 * The tables of a PostgreSQL store: those of a SQLite store. docs/tokens.md documents them, because other programs may
 * write to them: constraints check each row, and triggers give every change the next number of one sequence.
 *
 * A change takes a lock before its number and keeps it until it is committed, so that numbers become visible in order. It
 * takes the lock before that of any row, so that two writers can't deadlock. A counter in a row would lock as well, but a
 * million updates of it in one transaction take hours.
 */
export const POSTGRES_MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    sql: `
CREATE TABLE token_store (version integer NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid());
INSERT INTO token_store (version) VALUES (0);

CREATE SEQUENCE token_changes;

CREATE TABLE tokens (
  seq bigint NOT NULL UNIQUE,
  handle text COLLATE "C" NOT NULL PRIMARY KEY CHECK (handle ~ '^[0-9A-Za-z]{8}$'),
  digest bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
  username text COLLATE "C" NOT NULL CHECK (
    username ~ '^[0-9A-Za-z][0-9A-Za-z._@-]{0,63}$' AND username <> 'other'
  ),
  name text CHECK (length(name) <= 200),
  scopes text COLLATE "C" NOT NULL DEFAULT '' CHECK (scopes ~ '^[ -~]*$'),
  networks text COLLATE "C" NOT NULL DEFAULT '' CHECK (networks ~ '^[ 0-9A-Fa-f.:/]*$'),
  created bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
    CHECK (abs(created) <= 8640000000000000),
  not_before bigint CHECK (abs(not_before) <= 8640000000000000),
  expires bigint CHECK (abs(expires) <= 8640000000000000),
  disabled boolean NOT NULL DEFAULT false,
  revoked bigint CHECK (abs(revoked) <= 8640000000000000),
  rotated_from text,
  last_used bigint CHECK (abs(last_used) <= 8640000000000000),
  last_used_from text
);

CREATE TABLE deleted_tokens (seq bigint NOT NULL UNIQUE, digest bytea NOT NULL PRIMARY KEY);

CREATE TABLE token_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  time bigint NOT NULL,
  handle text NOT NULL,
  action text NOT NULL,
  detail text NOT NULL,
  by text NOT NULL,
  host text NOT NULL
);

CREATE INDEX token_events_by_handle ON token_events (handle, id);

CREATE FUNCTION tokens_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(${POSTGRES_LOCK});
  -- Sent when it is committed.
  PERFORM pg_notify('${POSTGRES_CHANNEL}', '');
  RETURN NULL;
END $$;

CREATE FUNCTION tokens_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    DELETE FROM deleted_tokens WHERE digest = NEW.digest;
  ELSIF NEW.digest <> OLD.digest THEN
    RAISE EXCEPTION 'a token keeps its digest; insert a new row';
  ELSIF OLD.revoked IS NOT NULL AND NEW.revoked IS NULL THEN
    RAISE EXCEPTION 'a revoked token stays revoked';
  END IF;
  NEW.seq := nextval('token_changes');
  RETURN NEW;
END $$;

CREATE FUNCTION tokens_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.seq := OLD.seq;
  RETURN NEW;
END $$;

CREATE FUNCTION tokens_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO deleted_tokens VALUES (nextval('token_changes'), OLD.digest);
  RETURN NULL;
END $$;

CREATE FUNCTION tokens_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'TRUNCATE would leave the tokens working; use DELETE';
END $$;

CREATE TRIGGER tokens_change BEFORE INSERT OR DELETE
  OR UPDATE OF handle, digest, username, name, scopes, networks, not_before, expires, disabled, revoked
  ON tokens FOR EACH STATEMENT EXECUTE FUNCTION tokens_change();
-- The use of a token is no change. Triggers run in the order of their names, so a change takes its number after this.
CREATE TRIGGER tokens_a_used BEFORE UPDATE ON tokens FOR EACH ROW EXECUTE FUNCTION tokens_used();
CREATE TRIGGER tokens_number BEFORE INSERT
  OR UPDATE OF handle, digest, username, name, scopes, networks, not_before, expires, disabled, revoked
  ON tokens FOR EACH ROW EXECUTE FUNCTION tokens_number();
CREATE TRIGGER tokens_deleted AFTER DELETE ON tokens FOR EACH ROW EXECUTE FUNCTION tokens_deleted();
CREATE TRIGGER tokens_keep BEFORE TRUNCATE ON tokens EXECUTE FUNCTION tokens_keep();
`,
  },
];
