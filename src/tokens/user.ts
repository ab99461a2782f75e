/** Whom a token belongs to. */
export interface User {
  /**
   * What logs, metrics and `whoami` show: the name that the config gives the user, or else an id that lasts as long as
   * the process. No two users share one.
   */
  readonly name: string;
}

/**
 * A name that a config can give a user: one word that needs no escape in a log, a label or a header. A UUID could be
 * the id of another user, and `other` is what the metrics call all users above their limit.
 */
export const USER_NAME =
  /^(?!other$|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$)[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** Why a string can't be the name of a user ("it ..."), without showing it, or null if it can. */
export function nameProblem(text: string): string | null {
  if (USER_NAME.test(text)) return null;
  if (text === "") return "is empty";
  if (text === "other") return 'is "other", which the metrics use for users above their limit';
  if (text.length > 64) return "has more than 64 characters";
  return /^[A-Za-z0-9][A-Za-z0-9._@-]*$/.test(text)
    ? "has the form of an id, a UUID"
    : "contains other characters, or starts with one";
}
