import { formatInstant } from "../../text/instant.ts";
import type { StoredToken } from "../../tokens/stored-token.ts";

/** A token as `--json` shows it: times in the form of RFC 3339, or null. */
export function tokenJson(token: StoredToken): Record<string, unknown> {
  return {
    handle: token.handle,
    user: token.user,
    name: token.name,
    scopes: token.scopes,
    from: token.from,
    created: time(token.created),
    not_before: time(token.notBefore),
    expires: time(token.expires),
    disabled: token.disabled,
    revoked: time(token.revoked),
    rotated_from: token.rotatedFrom,
    last_used: time(token.lastUsed),
    last_used_from: token.lastUsedFrom,
  };
}

function time(value: number | null): string | null {
  return value === null ? null : formatInstant(value);
}
