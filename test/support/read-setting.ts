import { join } from "node:path";
import type { Problem } from "../../src/schema/problem.ts";
import { problemText } from "../../src/schema/problem-text.ts";
import { referenceResolver } from "../../src/schema/reference-resolver.ts";
import type { SettingType } from "../../src/schema/schema.ts";
import { secretsOf } from "../../src/schema/secrets.ts";

/** The variables that references in tests of settings can name. */
export const ENVIRONMENT = { SHORT: "four", LONG: "s3cret text", BAD: "bad", EMPTY: "", WORD: "json" };

/** What a type reads from a value of the setting `at`, and the text of each problem. */
export function read<T, S>(
  type: SettingType<T, S>,
  value: unknown,
): { given: S | undefined; problems: string[] } {
  const problems: Problem[] = [];
  const report = (problem: Problem) => void problems.push(problem);
  const { resolve } = referenceResolver(join(import.meta.dir, "../config"), ENVIRONMENT, report);
  const given = type.read(value, ["at"], { report, resolve });
  return { given, problems: problems.map(textOf) };
}

/** The text of a problem of a config without secrets. */
export function textOf(problem: Problem): string {
  return problemText(problem, NO_SECRETS, NOTHING);
}

/** What `read` returns for a value without problems. */
export function taken<T>(given: T): { given: T | undefined; problems: string[] } {
  return { given, problems: [] };
}

const NOTHING: SettingType<unknown> = { expected: "nothing", schema: {}, read: () => undefined };
const NO_SECRETS = secretsOf(NOTHING, null, []);
