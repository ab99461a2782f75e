import type { JsonText } from "../json/parse-json.ts";
import type { Problem } from "../schema/problem.ts";
import { typeAt } from "../schema/schema.ts";
import { SETTINGS } from "./settings.ts";

/** The settings that a config file sets twice. */
export function duplicateProblems({ duplicates }: JsonText): Problem[] {
  return duplicates.map(({ path, offset }) => {
    if (typeAt(SETTINGS, path)) return { path, text: "is set twice; remove one of the two", offset };
    // An unknown name may be a token, so that the last known setting around it is named.
    const unknown = path.findIndex((_, index) => !typeAt(SETTINGS, path.slice(0, index + 1)));
    return { path: path.slice(0, unknown), text: "has the same name twice", offset };
  });
}
