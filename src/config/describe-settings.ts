import { isObject, type SettingType, type Properties } from "../schema/schema.ts";
import { MASK, maskPasswords } from "../schema/secrets.ts";
import { SETTINGS } from "./settings.ts";

/**
 * Describes every setting and its value in a line, whether the file sets it or not: `server.http.port = 8000 (default)`.
 * Shows no secret, and a reference as it is in the file.
 */
export function describeSettings(given: unknown): string[] {
  return linesOf(SETTINGS.properties ?? {}, given, "");
}

function linesOf(properties: Properties, given: unknown, path: string): string[] {
  const values = isObject(given) ? (given as Record<string, unknown>) : {};
  return Object.entries(properties).flatMap(([name, { type, default: defaultValue }]) => {
    const at = `${path}${name}`;
    const isGiven = Object.hasOwn(values, name);
    const value = isGiven ? values[name] : defaultValue;
    if (type.properties && value !== null) return linesOf(type.properties, value, `${at}.`);
    return [`${at} = ${shown(type, value)}${isGiven ? "" : " (default)"}`];
  });
}

function shown(type: SettingType<unknown>, value: unknown): string {
  if (type.secret && !type.fileName && !isObject(value)) return MASK;
  if (type.element?.secret && Array.isArray(value)) return `a list of ${value.length}`;
  return value === null ? "nothing" : maskPasswords(JSON.stringify(value));
}
