import type { DigestEntry, SoundEntry, TokenEntry } from "../tokens/token-entry.ts";
import { digestProblem, tokenProblem } from "../tokens/token.ts";
import { nameProblem, USER_NAME } from "../tokens/user.ts";
import { object } from "../schema/composites.ts";
import { absent, isObject, required, type SettingType } from "../schema/schema.ts";
import { hidden, secret } from "../schema/scalars.ts";

const token = secret("a token: one word of visible ASCII", /^[!-~]+$/, tokenProblem);
// A guess could be checked against it, and it may be a token in the wrong place.
const sha256 = secret("the SHA-256 of a token: 64 hexadecimal digits", /^[0-9A-Fa-f]{64}$/, digestProblem);
// If the two were swapped, the name is the token.
const name = hidden(
  'a name: at most 64 letters, digits, ".", "_", "@" and "-", a letter or digit first',
  USER_NAME,
  nameProblem,
);
const ABOUT = {
  token: "The token of a user with a name.",
  sha256: "The SHA-256 of a token instead of the token, as token-server hash prints it.",
  name: "The user's name in logs, metrics and whoami; no two tokens have the same. It may be left out beside sha256.",
};
const properties = {
  token: absent(token, ABOUT.token),
  sha256: absent(sha256, ABOUT.sha256),
  name: absent(name, ABOUT.name),
};
const either = object(properties);
const forms = [
  object({ token: required(token, ABOUT.token), name: required(name, ABOUT.name) }),
  object({ sha256: required(sha256, ABOUT.sha256), name: absent(name, ABOUT.name) }),
];

/**
 * A token, an object with a token and the name of its user, or an object with the SHA-256 of a token. A token alone and a
 * sound digest are used as they are: there may be a million.
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
    const read = either.read(value, path, context);
    if (!read) return undefined;
    const given = (name: keyof typeof properties) => Object.hasOwn(value, name);
    const missing = (name: keyof typeof properties, expected: string) =>
      context.report({ path: [...path, name], expected, found: "nothing" });
    if (given("sha256")) {
      if (!given("token")) return { sha256: read.sha256 ?? undefined, name: read.name ?? undefined };
      context.report({ path: [...path, "sha256"], text: "can't be combined with token; remove one of them" });
      return undefined;
    }
    if (!given("token")) missing("token", `${token.expected}, or set sha256 instead`);
    if (!given("name")) missing("name", name.expected);
    return { token: read.token ?? undefined, name: read.name ?? undefined };
  },
};

/** Whether a value is a digest without a problem, with or without a name, both in the file itself. */
function isDigestEntry(value: unknown): value is DigestEntry {
  if (!isObject(value) || !("sha256" in value) || !sha256.accepts?.(value.sha256)) return false;
  const others = Object.keys(value).length - 1;
  return others === 0 || (others === 1 && "name" in value && name.accepts?.(value.name) === true);
}
