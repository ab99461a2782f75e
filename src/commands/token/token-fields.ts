import { isSubnet } from "../../http/network.ts";
import { LIMITS } from "../../limits.ts";
import { parseDuration } from "../../text/duration.ts";
import { parseInstant } from "../../text/instant.ts";
import { mintedHandle } from "../../tokens/minted-token.ts";
import { isScope } from "../../tokens/scope.ts";
import type { TokenChanges } from "../../tokens/stored-token.ts";
import { labelProblem } from "../../tokens/token-label.ts";
import { nameProblem, USER_NAME_FORM } from "../../tokens/user.ts";
import { UsageError } from "../check-arguments.ts";

/** The options that set the fields of a token. */
export const FIELD_OPTIONS = {
  user: {
    type: "string",
    value: "NAME",
    about: "Whose token it is: one word, shown in logs and X-Auth-User.",
  },
  name: { type: "string", value: "TEXT", about: "A label for people, such as what the token is for." },
  scope: {
    type: "string",
    value: "SCOPE",
    multiple: true,
    about: "What it may be used for; repeat it for several scopes.",
  },
  expires: {
    type: "string",
    value: "WHEN",
    about: "When it expires: a duration (30m, 12h, 90d), a time (2027-01-31T12:00:00Z) or never.",
  },
  "not-before": {
    type: "string",
    value: "WHEN",
    about: "When it becomes valid: a duration or a time.",
  },
  from: {
    type: "string",
    value: "NETWORK",
    multiple: true,
    about: "Where it may come from, such as 10.0.0.0/8; repeat it for several networks.",
  },
} as const;

/** The options of a new token, which must have a user. */
export const NEW_TOKEN_OPTIONS = {
  ...FIELD_OPTIONS,
  user: { ...FIELD_OPTIONS.user, required: true },
} as const;

/** The values of FIELD_OPTIONS. */
export interface FieldValues {
  readonly user?: string | undefined;
  readonly name?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly expires?: string | undefined;
  readonly "not-before"?: string | undefined;
  readonly from?: readonly string[] | undefined;
}

/** The fields that were given. Throws a UsageError, which shows no value: it may be a token in the wrong place. */
export function givenFields(values: FieldValues, now: number): TokenChanges {
  const { user, name, scope, expires, from, "not-before": notBefore } = values;
  return {
    ...(user !== undefined && { user: givenUser(user) }),
    ...(name !== undefined && { name: checked("--name", name, labelProblem) }),
    ...(scope !== undefined && { scopes: givenList("--scope", scope, scopeProblem) }),
    ...(from !== undefined && { from: givenList("--from", from, networkProblem) }),
    ...(notBefore !== undefined && { notBefore: givenTime("--not-before", notBefore, now) }),
    ...(expires !== undefined && { expires: givenEnd(expires, now) }),
  };
}

/** The name of a user that was given. Throws a UsageError that does not show it. */
export function givenUser(text: string): string {
  const wrong = nameProblem(checked("--user", text, () => null));
  if (wrong !== null) throw new UsageError(`--user must have ${USER_NAME_FORM}; it ${wrong}`);
  return text;
}

/** Throws a UsageError if a token with these times would never be valid. */
export function checkTimes({ notBefore, expires }: Pick<TokenChanges, "notBefore" | "expires">): void {
  if (notBefore != null && expires != null && expires <= notBefore)
    throw new UsageError("--expires must be later than --not-before: the token would never be valid");
}

function checked(option: string, text: string, problem: (text: string) => string | null): string {
  const wrong = holdsToken(text) ? "holds a token, which logs and lists would show" : problem(text);
  if (wrong !== null) throw new UsageError(`${option} can't be used: it ${wrong}`);
  return text;
}

function holdsToken(text: string): boolean {
  return text.split(/[^0-9A-Za-z_]+/).some((word) => mintedHandle(word) !== null);
}

function givenList(
  option: string,
  texts: readonly string[],
  problem: (text: string) => string | null,
): readonly string[] {
  const list = [...new Set(texts.map((text) => checked(option, text, problem)))];
  if (list.length > LIMITS.tokenList)
    throw new UsageError(`${option} is given more than ${LIMITS.tokenList} times, the maximum`);
  return list;
}

function scopeProblem(text: string): string | null {
  if (text.length > LIMITS.scopeLength) return `has more than ${LIMITS.scopeLength} characters`;
  if (isScope(text)) return null;
  return text.includes(" ")
    ? "contains a space; give --scope once for each scope"
    : 'contains characters other than visible ASCII without " and \\ (RFC 6749 3.3)';
}

function networkProblem(text: string): string | null {
  return isSubnet(text) ? null : "is not an address or a network, such as 10.0.0.0/8 or 2001:db8::/32";
}

/** When a token ends; null for never. */
function givenEnd(text: string, now: number): number | null {
  if (text === "never") return null;
  const time = givenTime("--expires", text, now, ", or never");
  if (time <= now) throw new UsageError("--expires must be in the future; to end a token now, revoke it");
  return time;
}

/** A time, or a duration from now. */
function givenTime(option: string, text: string, now: number, more = ""): number {
  const duration = parseDuration(text);
  const time = duration === null ? parseInstant(text) : now + duration;
  if (time !== null) return time;
  const found = /^\d{4}-\d\d-\d\d/.test(text)
    ? "it names a date or an hour that doesn't exist, or lacks the hour or the time zone"
    : "this is neither";
  throw new UsageError(
    `${option} must be a duration (30m, 12h, 90d) or a time (2027-01-31T12:00:00Z)${more}; ${found}`,
  );
}

/** A duration that was given. */
export function givenDuration(option: string, text: string): number {
  const duration = parseDuration(text);
  if (duration !== null) return duration;
  throw new UsageError(`${option} must be a duration: a whole number and s, m, h or d, such as 90d`);
}
