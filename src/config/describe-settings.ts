import { isObject, type SettingType, type Properties } from "../schema/schema.ts";
import { SETTINGS } from "./settings.ts";

/**
 * Every setting with the value it has, one line each, whether the file gives it or not: `server.http.port = 8000
 * (default)`. Secrets are counted, and what stands outside of the file is shown as where it stands.
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
  if (type.secret) return "***";
  if (type.element?.secret && Array.isArray(value)) return `a list of ${value.length}`;
  return value === null ? "nothing" : JSON.stringify(value);
}
