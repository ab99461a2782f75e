/** The owner of a token, as a store knows it. */
export interface NamedUser {
  /** Unique; shown in logs, metrics and `whoami`. */
  readonly name: string;
}

/** The user of a request. The name is that of the store, or an id that changes with each start of the process. */
export interface User extends NamedUser {
  /** The handle of the token, by which logs name it too. Nobody can check a guess against it. */
  readonly tokenId: string;
  /** What the token may be used for. */
  readonly scopes: readonly string[];
}

/**
 * The name of a user in a config: one word that needs no escape in a log, a label or a header. Not a UUID, which could
 * be the id of another user, and not `other`, which the metrics use for all users above their limit.
 */
export const USER_NAME =
  /^(?!other$|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$)[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** What such a name may be, for messages. */
export const USER_NAME_FORM = 'at most 64 letters, digits, ".", "_", "@" and "-", a letter or digit first';

/** What is wrong with a string as the name of a user, as in "it is empty"; null if nothing is. Does not show it. */
export function nameProblem(text: string): string | null {
  if (USER_NAME.test(text)) return null;
  if (text === "") return "is empty";
  if (text === "other") return 'is "other", which the metrics use for users above their limit';
  if (text.length > 64) return "has more than 64 characters";
  return /^[A-Za-z0-9][A-Za-z0-9._@-]*$/.test(text)
    ? "has the form of an id, a UUID"
    : "contains other characters, or doesn't start with a letter or digit";
}
