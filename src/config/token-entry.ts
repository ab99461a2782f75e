import type { TokenEntry } from "../tokens/token-entry.ts";
import { tokenProblem } from "../tokens/token.ts";
import { nameProblem, USER_NAME } from "../tokens/user.ts";
import { object } from "../schema/composites.ts";
import { isObject, required, type SettingType, type SoundValues } from "../schema/schema.ts";
import { hidden, secret } from "../schema/scalars.ts";

const token = secret("a token: one word of visible ASCII", /^[!-~]+$/, tokenProblem);
// If the two were swapped, the name is the token.
const name = hidden(
  'a name: at most 64 letters, digits, ".", "_", "@" and "-", a letter or digit first',
  USER_NAME,
  nameProblem,
);
const properties = {
  token: required(token, "The token of a user with a name."),
  name: required(name, "The user's name in logs, metrics and whoami; no two tokens have the same."),
};
const named = object(properties);

/**
 * A token, or an object with a token and the name of its user. A token alone is read as fast as a string in a list:
 * there may be a million.
 */
export const tokenEntry: SettingType<TokenEntry, TokenEntry | SoundValues<typeof properties>> = {
  expected: token.expected,
  schema: { anyOf: [token.schema, named.schema] },
  accepts: (value): value is string => token.accepts?.(value) === true,
  secret: true,
  properties,
  read(value, path, context) {
    const isNamed = isObject(value) && Object.keys(value).some((key) => Object.hasOwn(properties, key));
    return isNamed ? named.read(value, path, context) : token.read(value, path, context);
  },
};
