import { expect } from "bun:test";
import { realpathSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ConfigError } from "../../src/config/config-error.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { folderWith } from "./program.ts";

/** The variables that the configs under test name. */
export const ENVIRONMENT = {
  TOKEN_SERVER_TEST_EMPTY: "",
  TOKEN_SERVER_TEST_TOKEN: "s3cret-1",
  TOKEN_SERVER_TEST_WORDS: "s3cret two",
  TOKEN_SERVER_TEST_PATH: "/s3cret",
};

/** A folder of its own for a test file, with a config.json that `write` replaces. */
export function configFile() {
  const folder = realpathSync(folderWith({}));
  const file = join(folder, "config.json");
  const write = (content: unknown) => {
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  };
  return { folder, file, write };
}

/** A config of one token and these settings of server.http. */
export function withHttp(http: object): object {
  return { server: { http: { allowed_tokens: ["token1"], ...http } } };
}

/** The message of the ConfigError that a file yields where it is named from within a folder, by default its own. */
export function faultText(file: string, as = (act: () => void) => act(), from = dirname(file)): string {
  const before = process.cwd();
  process.chdir(from);
  try {
    // Another user may not be allowed to enter the folder of the tests.
    as(() => loadConfig(relative(from, file), ENVIRONMENT));
  } catch (fault) {
    expect(fault).toBeInstanceOf(ConfigError);
    return (fault as ConfigError).message;
  } finally {
    process.chdir(before);
  }
  throw new Error(`${file} yields no ConfigError`);
}
