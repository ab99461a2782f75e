import { isObject, type Kind, type Members } from "../schema/schema.ts";
import { SETTINGS } from "./settings.ts";

/**
 * Every setting with the value it has, one line each, whether the file gives it or not: `server.http.port = 8000
 * (default)`. Secrets are counted, and what stands outside of the file is shown as where it stands.
 */
export function shownSettings(given: unknown): string[] {
  return linesOf(SETTINGS.members ?? {}, given, "");
}

function linesOf(members: Members, given: unknown, path: string): string[] {
  const values = isObject(given) ? (given as Record<string, unknown>) : {};
  return Object.entries(members).flatMap(([name, { kind, fallback }]) => {
    const at = `${path}${name}`;
    const isGiven = Object.hasOwn(values, name);
    const value = isGiven ? values[name] : fallback;
    if (kind.members && value !== null) return linesOf(kind.members, value, `${at}.`);
    return [`${at} = ${shown(kind, value)}${isGiven ? "" : " (default)"}`];
  });
}

function shown(kind: Kind<unknown>, value: unknown): string {
  if (kind.secret) return "***";
  if (kind.element?.secret && Array.isArray(value)) return `a list of ${value.length}`;
  return value === null ? "nothing" : JSON.stringify(value);
}
