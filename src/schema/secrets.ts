import type { Path } from "../json/parse-json.ts";
import { isObject, propertyOf, typeAt, type ResolvedReference, type SettingType } from "./schema.ts";
import { isReferenceForm, type SecretReference } from "./secret-reference.ts";

/** Knows what of a config must not be shown. */
export interface Secrets {
  /** Describes a text that is or contains a secret; null for one that may be shown. */
  describe(text: string): string | null;
  /** The text with three asterisks in the place of each secret. */
  mask(text: string): string;
  /** The reference that a setting has its value from, which is then not shown; null for a value in the file. */
  sourceOf(path: Path): SecretReference | null;
}

/**
 * The secrets of a config: the values of all settings whose type is secret, with problems or without, in the file or
 * resolved. A URL with a password is secret wherever it is.
 */
export function secretsOf(
  type: SettingType<unknown>,
  value: unknown,
  resolved: readonly ResolvedReference[],
): Secrets {
  let texts: readonly string[] | null = null;
  // Collected when first needed, which a config without problems never does: there may be a million.
  const secretsIn = (text: string) => {
    texts ??= [
      ...secretTexts(type, value),
      ...resolved.filter(({ path }) => typeAt(type, path)?.secret).map((reference) => reference.text),
    ];
    return texts.filter((secret) => text.includes(secret));
  };
  return {
    describe(text) {
      if (secretsIn(text).length > 0) return "a string that contains a secret";
      return maskPasswords(text) !== text ? "a URL with a password" : null;
    },
    mask(text) {
      // The longest first: one secret may be the start of another.
      const longestFirst = secretsIn(text).toSorted((one, other) => other.length - one.length);
      return maskPasswords(longestFirst.reduce((safe, secret) => safe.replaceAll(secret, MASK), text));
    },
    sourceOf(path) {
      return resolved.find((one) => String(one.path) === String(path))?.source ?? null;
    },
  };
}

/** Whether a config file contains a secret itself, in the settings of this type. */
export function hasSecret(type: SettingType<unknown>, value: unknown): boolean {
  return !secretTexts(type, value).next().done;
}

/** Masks the user and the password of each URL in a text. */
export function maskPasswords(text: string): string {
  return text.replace(PASSWORD, MASK);
}

/** Whether a free name may be a secret in the wrong place. */
export function isTokenLike(name: string): boolean {
  return TOKEN_LIKE.test(name);
}

function* secretTexts(type: SettingType<unknown>, value: unknown): Generator<string> {
  if (typeof value === "string") {
    // A string in the place of a list is one of its elements.
    const known = type.element ?? type.values ?? type;
    if (known.secret && !known.fileName && value !== "") yield value;
  } else if (Array.isArray(value)) {
    const known = type.element ?? type.values;
    for (const one of known ? value : []) yield* secretTexts(known ?? type, one);
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      const property = propertyOf(type, name);
      if (property) yield* secretTexts(property.type, inner);
      else if (type.values) {
        // A name and a value may be swapped.
        if (isTokenLike(name)) yield name;
        yield* secretTexts(type.values, inner);
      } else if (type.secret && !isReferenceForm(name)) {
        // Where a secret belongs, an unknown name may be one as well, unless it is as short as a word.
        if (name.length >= MIN_NAME) yield name;
        yield* secretTexts(type, inner);
      }
    }
  }
}

/** Stands for what is not shown. */
export const MASK = "***";
const PASSWORD = /(?<=:\/\/)[^\s/?#"]+(?=@)/g;
const MIN_NAME = 8;
/** Longer than the names with digits that are in use. */
const TOKEN_LIKE = /^(?=.*\d).{20,}$/;
