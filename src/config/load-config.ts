import { dirname, resolve } from "node:path";
import { JsonError, parseJson, type JsonText, type Path } from "../json/parse-json.ts";
import type { Problem } from "../schema/problem.ts";
import { referenceResolver, type Environment } from "../schema/reference-resolver.ts";
import { positions } from "../text/positions.ts";
import { checkSettings } from "./check-settings.ts";
import { configOf, type Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { configWarnings } from "./config-warnings.ts";
import { duplicateProblems } from "./duplicate-problems.ts";
import { maskedExcerpt } from "./masked-excerpt.ts";
import { plainTokens } from "./plain-tokens.ts";
import { problemLines } from "./problem-lines.ts";
import { readConfigFile, type ConfigFile } from "./read-config-file.ts";
import { SETTINGS, type SettingValues } from "./settings.ts";

/** A config, and the JSON value that it was read from, with its references and defaults not yet filled in. */
export interface LoadedConfig {
  readonly config: Config;
  readonly given: unknown;
  /** Warnings about tokens in plain text, for `check` only: a server would repeat them at each start. */
  readonly plainTokens: () => readonly string[];
  /** The position of an entry of allowed_tokens in the file. */
  readonly tokenPosition: (index: number) => string;
}

/**
 * Loads a config file and the files it names: all settings, checked, with every default filled in. Throws a ConfigError
 * with all problems, each with `file:line:column` and the path of its setting. Neither it nor a warning shows a secret
 * or a value from outside of the file.
 */
export function loadConfig(name: string, environment: Environment = process.env): LoadedConfig {
  const file = readConfigFile(name);
  const json = parse(file);

  const problems: Problem[] = duplicateProblems(json);
  const report = (problem: Problem) => void problems.push(problem);
  const folder = dirname(resolve(name));
  const references = referenceResolver(folder, environment, report);
  const sound = SETTINGS.read(json.value, [], { report, resolve: references.resolve });
  if (sound) checkSettings(sound, { json, folder }, report);

  const files = [resolve(name), ...references.files];
  const source = { file, json, resolved: references.resolved };
  if (problems.length > 0) throw new ConfigError(problemLines(source, problems).join("\n"), files);
  // Without a problem all of it is sound.
  const values = sound as SettingValues;

  const position = positions(name, file.text);
  const config = configOf(values, files, (path: Path) => position(json.offset(path)));
  const warnings: Problem[] = [];
  const unshown = configWarnings(
    { ...source, config, mode: file.mode, now: Date.now() },
    (warning) => void warnings.push(warning),
  );
  return {
    config: { ...config, warnings: problemLines(source, warnings, unshown) },
    given: json.value,
    tokenPosition: (index) => position(json.offset(["server", "http", "allowed_tokens", index])),
    plainTokens: () => {
      const found: Problem[] = [];
      const more = plainTokens(json, (problem) => void found.push(problem));
      return problemLines(source, found, more);
    },
  };
}

function parse({ name, text }: ConfigFile): JsonText {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const at = positions(name, text)(error.offset);
    throw new ConfigError(`${at}: not JSON: ${error.message}\n${maskedExcerpt(text, error.offset)}`);
  }
}
