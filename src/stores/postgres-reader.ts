import { LIMITS } from "../limits.ts";
import type { TokenRecord } from "../tokens/token-record.ts";
import type { TokenUse } from "../tokens/token-store.ts";
import type { Digest } from "../tokens/token.ts";
import { deletedRecord, type RecordReader, type RecordRow } from "./record-reader.ts";
import type { Change } from "./recent-changes.ts";

/** A part of the records, and the changes that they come from. */
export interface ReadPart {
  readonly records: readonly TokenRecord[];
  readonly changes: readonly Change[];
  /** Whether there may be more. */
  readonly hasMore: boolean;
}

/**
 * Reads the next records that changed after a change, in the order of the changes. Deleted tokens come with them, except
 * those deleted before `knownFrom`, which this server never read.
 */
export async function readPart(
  sql: Bun.SQL,
  { after, knownFrom }: { readonly after: number; readonly knownFrom: number },
  toRecord: RecordReader,
): Promise<ReadPart> {
  const rows: (RecordRow & Change & { readonly deleted: boolean })[] = await sql`
    SELECT seq::float8, false AS deleted, ${sql.unsafe(RECORD_COLUMNS)} FROM (
      SELECT * FROM tokens WHERE seq > ${after} ORDER BY seq LIMIT ${LIMITS.storePart}
    ) AS changed
    UNION ALL
    SELECT seq::float8, true, digest, '', '', '', '', NULL, NULL, true, NULL FROM (
      SELECT seq, digest FROM deleted_tokens
      WHERE seq > ${Math.max(after, knownFrom)} ORDER BY seq LIMIT ${LIMITS.storePart}
    ) AS deleted
    ORDER BY 1 LIMIT ${LIMITS.storePart}`;
  return {
    records: rows.map((row) => (row.deleted ? deletedRecord(row.digest) : toRecord(row))),
    changes: rows.map(({ seq, digest }) => ({ seq, digest })),
    hasMore: rows.length === LIMITS.storePart,
  };
}

/** Reads the current records of tokens; one that the store lacks is read as deleted. */
export async function readTokens(
  sql: Bun.SQL,
  digests: readonly Digest[],
  toRecord: RecordReader,
): Promise<readonly TokenRecord[]> {
  const given = sql.array(
    digests.map((digest) => Buffer.from(digest)),
    "BYTEA",
  );
  const rows: RecordRow[] = await sql`
    SELECT ${sql.unsafe(RECORD_COLUMNS)} FROM tokens WHERE digest = ANY(${given})`;
  const found = new Set(rows.map(({ digest }) => digest.toHex()));
  const missing = digests.filter((digest) => !found.has(digest.toHex()));
  return [...missing.map(deletedRecord), ...rows.map(toRecord)];
}

/**
 * Writes last uses, unless the store has a later one. Locks the rows in a fixed order, so that two servers that write the
 * same rows can't deadlock.
 */
export async function writeUses(sql: Bun.SQL, uses: readonly TokenUse[]): Promise<void> {
  const digests = sql.array(
    uses.map(({ digest }) => Buffer.from(digest)),
    "BYTEA",
  );
  const times = sql.array(
    uses.map(({ time }) => time),
    "BIGINT",
  );
  const addresses = sql.array(
    uses.map(({ address }) => address),
    "TEXT",
  );
  await sql`
    WITH used AS (
      SELECT DISTINCT ON (digest) digest, time, address
      FROM unnest(${digests}, ${times}, ${addresses}) AS given (digest, time, address)
      ORDER BY digest, time DESC
    ), locked AS (
      SELECT tokens.handle, used.time, used.address FROM tokens JOIN used USING (digest)
      WHERE coalesce(tokens.last_used, 0) < used.time ORDER BY digest FOR NO KEY UPDATE OF tokens
    )
    UPDATE tokens SET last_used = locked.time, last_used_from = locked.address
    FROM locked WHERE tokens.handle = locked.handle`;
}

/** The columns of a `RecordRow`. Bun reads a bigint as a string (Bun 1.4.5); every time is exact as a double. */
const RECORD_COLUMNS = `digest, handle, username, scopes, networks,
  not_before::float8, expires::float8, disabled, revoked::float8`;
