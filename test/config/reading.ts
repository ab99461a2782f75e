import type { SettingType } from "../../src/schema/schema.ts";
import { outsideValues } from "../../src/schema/references.ts";

/** The variables there are in the tests of context. */
export const ENVIRONMENT = { SHORT: "four", LONG: "s3cret text", BAD: "bad", EMPTY: "", WORD: "json" };

/** What a type makes of a value: what it gives, and each of its reports as a line. */
export function read<T>(type: SettingType<T>, value: unknown): { given: T | undefined; problems: string[] } {
  const problems: string[] = [];
  const report = (path: readonly (string | number)[], text: string, of?: "value" | "name") => {
    problems.push(`${path.join(".")}${of === "name" ? " (name)" : ""} ${text}`);
  };
  const outside = outsideValues(import.meta.dir, ENVIRONMENT, report).read;
  const given = type.read(value, ["at"], { report, outside });
  return { given, problems };
}

/** What a type makes of a value it takes. */
export function taken<T>(given: T): { given: T | undefined; problems: string[] } {
  return { given, problems: [] };
}
