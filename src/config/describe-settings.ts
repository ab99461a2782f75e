import { isObject, propertyOf, type SettingType, type Properties } from "../schema/schema.ts";
import { isTokenLike, MASK, maskPasswords } from "../schema/secrets.ts";
import { SETTINGS } from "./settings.ts";

/**
 * Describes every setting and its value in a line, whether the file sets it or not: `server.http.port = 8000 (default)`.
 * Shows no secret, and a reference as it is in the file.
 */
export function describeSettings(given: unknown, root: SettingType<unknown> = SETTINGS): string[] {
  return linesOf(root.properties ?? {}, given, "");
}

function linesOf(properties: Properties, given: unknown, path: string): string[] {
  const values = isObject(given) ? (given as Record<string, unknown>) : {};
  return Object.entries(properties).flatMap(([name, { type, default: defaultValue, unless }]) => {
    const at = `${path}${name}`;
    const isGiven = Object.hasOwn(values, name);
    const byDefault = defaultValue === undefined ? unless?.value : defaultValue;
    const value = isGiven ? values[name] : byDefault;
    if (type.properties && value !== null) return linesOf(type.properties, value, `${at}.`);
    return [`${at} = ${shown(type, value)}${isGiven ? "" : " (default)"}`];
  });
}

function shown(type: SettingType<unknown>, value: unknown): string {
  if (isSecret(type) && value !== null && !isObject(value))
    return type.shown ? JSON.stringify(type.shown(value)) : MASK;
  if (type.element?.secret && Array.isArray(value)) return `a list of ${value.length}`;
  return value === null ? "nothing" : maskPasswords(JSON.stringify(masked(type, value)));
}

/** The value without the secrets in it, at any depth. A reference stays as it is. */
function masked(type: SettingType<unknown>, value: unknown): unknown {
  const { element, values } = type;
  if (Array.isArray(value) && element) return value.map((one) => masked(element, one));
  if (!isObject(value)) return isSecret(type) ? MASK : value;
  const entries = Object.entries(value).map(([name, inner]) => {
    const known = propertyOf(type, name)?.type ?? values;
    const shownName = values && isTokenLike(name) ? MASK : name;
    return [shownName, known ? masked(known, inner) : inner];
  });
  return Object.fromEntries(entries);
}

function isSecret(type: SettingType<unknown>): boolean {
  return type.secret === true && !type.fileName;
}
