import type { StoredToken } from "../tokens/stored-token.ts";
import { wordsOf } from "./record-reader.ts";

/** A row of the table `tokens` as the commands read it. */
export interface StoredRow {
  readonly handle: string;
  readonly digest: Uint8Array;
  readonly username: string;
  readonly name: string | null;
  readonly scopes: string;
  readonly networks: string;
  readonly created: number;
  readonly not_before: number | null;
  readonly expires: number | null;
  readonly disabled: number | boolean;
  readonly revoked: number | null;
  readonly rotated_from: string | null;
  readonly last_used: number | null;
  readonly last_used_from: string | null;
}

/** The column of each property of a token. */
const COLUMNS = {
  handle: "handle",
  digest: "digest",
  user: "username",
  name: "name",
  scopes: "scopes",
  from: "networks",
  created: "created",
  notBefore: "not_before",
  expires: "expires",
  disabled: "disabled",
  revoked: "revoked",
  rotatedFrom: "rotated_from",
  lastUsed: "last_used",
  lastUsedFrom: "last_used_from",
} as const satisfies Record<keyof StoredToken, keyof StoredRow>;

/** The columns of a `StoredRow`. */
export const STORED_COLUMNS: readonly (keyof StoredRow)[] = Object.values(COLUMNS);

/** The token of a row. */
export function toStoredToken(row: StoredRow): StoredToken {
  return {
    handle: row.handle,
    digest: row.digest,
    user: row.username,
    name: row.name,
    scopes: wordsOf(row.scopes),
    from: wordsOf(row.networks),
    created: row.created,
    notBefore: row.not_before,
    expires: row.expires,
    disabled: Boolean(row.disabled),
    revoked: row.revoked,
    rotatedFrom: row.rotated_from,
    lastUsed: row.last_used,
    lastUsedFrom: row.last_used_from,
  };
}

/** The columns of what a token has or changes, with their values. What is undefined stays as it is. */
export function columnsOf(
  token: Partial<StoredToken>,
): readonly (readonly [column: keyof StoredRow, value: StoredRow[keyof StoredRow]])[] {
  return (Object.keys(COLUMNS) as (keyof StoredToken)[]).flatMap((property) => {
    const value = token[property];
    return value === undefined ? [] : [[COLUMNS[property], columnValue(value)] as const];
  });
}

function columnValue(value: StoredToken[keyof StoredToken]): StoredRow[keyof StoredRow] {
  if (typeof value === "boolean") return Number(value);
  return Array.isArray(value) ? value.join(" ") : (value as Exclude<typeof value, readonly string[]>);
}
