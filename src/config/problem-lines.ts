import { LIMITS } from "../limits.ts";
import type { JsonText } from "../json/parse-json.ts";
import type { Problem } from "../schema/problem.ts";
import { problemText } from "../schema/problem-text.ts";
import type { ResolvedReference } from "../schema/schema.ts";
import { secretsOf } from "../schema/secrets.ts";
import { positions } from "../text/positions.ts";
import { quoteFile } from "../text/quote.ts";
import type { ConfigFile } from "./read-config-file.ts";
import { SETTINGS } from "./settings.ts";

/** A config file and what was read from it. */
export interface ConfigSource {
  readonly file: ConfigFile;
  readonly json: JsonText;
  readonly resolved: readonly ResolvedReference[];
}

/**
 * A line for each problem, in the order of the file, without a secret or a value from outside of it. More than
 * `LIMITS.configProblems` are counted in one line, and `unshown` with them.
 */
export function problemLines(
  { file, json, resolved }: ConfigSource,
  problems: readonly Problem[],
  unshown = 0,
): string[] {
  if (problems.length === 0) return [];
  const position = positions(file.name, file.text);
  const secrets = secretsOf(SETTINGS, json.value, resolved);
  const inOrder = problems
    .map((problem) => ({ problem, offset: offsetOf(problem, json) }))
    .toSorted((one, other) => one.offset - other.offset);
  const lines = inOrder
    .slice(0, LIMITS.configProblems)
    .map(({ problem, offset }) => `${position(offset)}: ${problemText(problem, secrets, SETTINGS)}`);
  const more = problems.length - lines.length + unshown;
  return more > 0 ? [...lines, `${quoteFile(file.name)}: and ${more} more`] : lines;
}

function offsetOf(problem: Problem, json: JsonText): number {
  if ("allowed" in problem) return json.offset(problem.path, "name");
  return "text" in problem && problem.offset !== undefined ? problem.offset : json.offset(problem.path);
}
