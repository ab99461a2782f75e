import { isSubnet } from "../http/network.ts";
import { object } from "../schema/composites.ts";
import { distinct } from "../schema/distinct.ts";
import { instant } from "../schema/instant.ts";
import { oneOrList } from "../schema/one-or-list.ts";
import { boolean, hidden, secret, text } from "../schema/scalars.ts";
import { absent, isObject, required, type SettingType } from "../schema/schema.ts";
import { isScope, scopeHint } from "../tokens/scope.ts";
import type { DigestEntry, EntryFields, SoundEntry, TokenEntry } from "../tokens/token-entry.ts";
import { labelProblem } from "../tokens/token-label.ts";
import { digestProblem, tokenProblem } from "../tokens/token.ts";
import { nameProblem, USER_NAME, USER_NAME_FORM } from "../tokens/user.ts";

const token = secret("a token: one word of visible ASCII", /^[!-~]+$/, tokenProblem);
// A guess could be checked against it, and it may be a token in the wrong place.
const sha256 = secret("the SHA-256 of a token: 64 hexadecimal digits", /^[0-9A-Fa-f]{64}$/, digestProblem);
const USER = `a name: ${USER_NAME_FORM}`;
// If the two were swapped, the name is the token.
const user = hidden(USER, USER_NAME, nameProblem);
const nameAsUser = hidden(`${USER} (any label if user is set)`, USER_NAME, nameProblem);
const label = hidden("a label of at most 200 characters", /^[^\x00-\x1f\x7f]{1,200}$/, labelProblem);
const scope = text('a scope: one word of visible ASCII without " and \\', isScope, scopeHint);
const network = text("an address or a network such as 10.0.0.0/8", isSubnet);
const NAME_ABOUT =
  "A label for people. Without user it is the name of the user too, and must be a valid one.";

const rules = {
  scopes: absent(oneOrList(scope, "scopes"), "The scopes of the token; by default none."),
  from: absent(
    distinct(oneOrList(network, "addresses and networks"), (one) => one),
    "Where the token may come from; by default from anywhere.",
  ),
  not_before: absent(instant, "The time from which the token is accepted; by default at once."),
  expires: absent(instant, "The time from which the token is refused; by default never."),
  disabled: absent(boolean, "Whether the token is refused until this is removed."),
};
const userAbout =
  "The name of the user in logs, metrics, whoami and X-Auth-User; by default the name of the token. A user may have several tokens.";
const keys = {
  token: absent(token, "A token. One of token and sha256 is required."),
  sha256: absent(sha256, "The SHA-256 of a token instead of the token, as token-server hash prints it."),
};
const properties = { ...keys, user: absent(user, userAbout), name: absent(label, NAME_ABOUT), ...rules };
const withUser = object(properties);
const withoutUser = object({ ...properties, name: absent(nameAsUser, NAME_ABOUT) });
const forms = (["token", "sha256"] as const).flatMap((key) => {
  const { type, about } = keys[key];
  const one = { [key]: required(type, about) };
  return [
    object({ ...one, name: absent(nameAsUser, NAME_ABOUT), ...rules }),
    object({ ...one, user: required(user, userAbout), name: absent(label, NAME_ABOUT), ...rules }),
  ];
});

/**
 * A token, or an object with a token or the SHA-256 of one, and what is to be known of it. A token alone and a sound
 * digest are used as they are: there may be a million.
 */
export const tokenEntry: SettingType<TokenEntry, SoundEntry> = {
  expected: token.expected,
  schema: { anyOf: [token.schema, ...forms.map(({ schema }) => schema)] },
  accepts: (value): value is string | DigestEntry => token.accepts?.(value) === true || isDigestEntry(value),
  secret: true,
  properties,
  read(value, path, context) {
    if (!isObject(value) || !Object.keys(value).some((key) => Object.hasOwn(properties, key))) {
      return token.read(value, path, context);
    }
    const given = (name: keyof typeof properties) => Object.hasOwn(value, name);
    const read = (given("user") ? withUser : withoutUser).read(value, path, context);
    if (!read) return undefined;
    const fields = fieldsOf(read);
    if (!given("sha256")) {
      const expected = `${token.expected}, or set sha256 instead`;
      if (!given("token")) context.report({ path: [...path, "token"], expected, found: "nothing" });
      return { token: read.token ?? undefined, ...fields };
    }
    if (!given("token")) return { sha256: read.sha256 ?? undefined, ...fields };
    context.report({ path: [...path, "sha256"], text: "can't be combined with token; remove one of them" });
    return undefined;
  },
};

type Read = NonNullable<ReturnType<typeof withUser.read>>;

/** The fields that are given, and no others: there may be a million entries. */
function fieldsOf({ user, name, scopes, from, not_before, expires, disabled }: Read): EntryFields {
  return {
    ...(user != null && { user }),
    ...(name != null && { name }),
    ...(scopes != null && { scopes: soundOf(scopes) }),
    ...(from != null && { from: soundOf(from) }),
    ...(not_before != null && { notBefore: not_before }),
    ...(expires != null && { expires }),
    ...(disabled != null && { disabled }),
  };
}

function soundOf(list: readonly (string | undefined)[]): readonly string[] {
  return list.filter((one) => one !== undefined);
}

/** Whether a value is a digest without a problem, with or without a name, both in the file itself. */
function isDigestEntry(value: unknown): value is DigestEntry {
  if (!isObject(value) || !("sha256" in value) || !sha256.accepts?.(value.sha256)) return false;
  const others = Object.keys(value).length - 1;
  return others === 0 || (others === 1 && "name" in value && user.accepts?.(value.name) === true);
}
