import { LIMITS } from "../limits.ts";
import type { TokenRecord } from "../tokens/token-record.ts";
import type { TokenUse } from "../tokens/token-store.ts";
import { DIGEST_SIZE } from "../tokens/token.ts";
import { deletedRecord, type RecordReader, type RecordRow } from "./record-reader.ts";

/** Records, and how far the changes of a store were read with them. */
export interface ReadPart {
  readonly records: readonly TokenRecord[];
  readonly last: number;
  /** Whether there may be more. */
  readonly hasMore: boolean;
}

/**
 * Reads the next records that are new or have changed after a change, in the order of the changes. Tokens that were
 * deleted come with them, except those that were deleted before `knownFrom`, when nobody knew them.
 */
export async function readPart(
  sql: Bun.SQL,
  { after, knownFrom }: { readonly after: number; readonly knownFrom: number },
  toRecord: RecordReader,
): Promise<ReadPart> {
  const rows: (RecordRow & { seq: number; deleted: boolean })[] = await sql`
    SELECT seq::float8, false AS deleted, digest, handle, username, scopes, networks,
      not_before::float8, expires::float8, disabled, revoked::float8 FROM (
        SELECT seq, digest, handle, username, scopes, networks, not_before, expires, disabled, revoked
        FROM tokens WHERE seq > ${after} ORDER BY seq LIMIT ${LIMITS.storePart}
      ) AS changed
    UNION ALL
    SELECT seq::float8, true, digest, '', '', '', '', NULL, NULL, true, NULL FROM (
      SELECT seq, digest FROM deleted_tokens
      WHERE seq > ${Math.max(after, knownFrom)} ORDER BY seq LIMIT ${LIMITS.storePart}
    ) AS deleted
    ORDER BY 1 LIMIT ${LIMITS.storePart}`;
  return {
    records: rows
      .filter(({ digest }) => digest.length === DIGEST_SIZE)
      .map((row) => (row.deleted ? deletedRecord(row.digest) : toRecord(row))),
    last: rows.at(-1)?.seq ?? after,
    hasMore: rows.length === LIMITS.storePart,
  };
}

/**
 * Writes last uses, each unless there is a later one. Locks the rows in one order, so that two servers that write the
 * same ones never wait for each other in a circle.
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
