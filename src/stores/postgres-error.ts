import { LIMITS } from "../limits.ts";
import { StoreError } from "../tokens/store-error.ts";

/** A StoreError that explains an error of PostgreSQL or of the connection to it. Other errors stay as they are. */
export function postgresError(error: unknown, shown: string): unknown {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  if (code === null) return error;
  // The message, unlike the detail, shows no row. It comes from another machine, so it is made safe to log.
  const said = (error as Error).message.replace(/\p{Cc}+/gu, " ").slice(0, LIMITS.logText);
  // The triggers of our tables raise messages for people.
  const text = code === "P0001" ? said : TEXTS.find(([start]) => code.startsWith(start))?.[1];
  return new StoreError(`${shown}: ${text ?? `can't be used (${code}: ${said})`}`);
}

/** The SQLSTATE that the server sent, or the code of Bun or the system; null for an error without. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { errno, code } = error as { readonly errno?: unknown; readonly code?: unknown };
  // Of an error of TLS it is the number 0 (Bun 1.4.5).
  if (typeof errno === "string") return errno;
  return typeof code === "string" ? code : null;
}

const CERTIFICATE =
  "the certificate of the server can't be verified; name the file with its authority in the URL: sslrootcert=FILE";
const NO_PERMISSION = "permission denied; grant the user of its URL the rights to these tables";
const LOST = "the connection was lost; check that PostgreSQL is running";

/** By the start of a code. */
const TEXTS: readonly (readonly [string, string])[] = [
  [
    "ERR_POSTGRES_CONNECTION_REFUSED",
    "can't be reached; check that PostgreSQL is running there, and the URL",
  ],
  ["ERR_POSTGRES_CONNECTION_TIMEOUT", "does not answer; check that PostgreSQL is running there, and the URL"],
  ["ERR_POSTGRES_CONNECTION_CLOSED", LOST],
  ["ERR_POSTGRES_TLS_NOT_AVAILABLE", "the server has no TLS, which the URL demands; turn it on there"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", CERTIFICATE],
  ["SELF_SIGNED_CERT_IN_CHAIN", CERTIFICATE],
  ["UNABLE_TO_", CERTIFICATE],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "the certificate of the server is for another host; correct the URL"],
  ["CERT_HAS_EXPIRED", "the certificate of the server has expired; renew it"],
  ["08", LOST],
  ["57P03", "the server is starting or stopping, and accepts no connections"],
  ["57P", LOST],
  ["53300", "the server has no free connections; raise its max_connections"],
  ["28", "the server refuses the user or the password of the URL"],
  ["3D000", "no such database; create it"],
  ["42501", NO_PERMISSION],
  ["25006", "the server is read-only; name the primary server"],
  ["42P07", "has tables of another program with the names of ours; name another database"],
  ["55P03", "another program is changing tokens; try again when it has ended"],
  ["40P01", "another program was changing the same tokens; try again"],
  ["23505", "a token with this handle or digest is already there"],
];
