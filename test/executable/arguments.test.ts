import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { jsonSchema } from "../../src/config/json-schema.ts";
import packageJson from "../../package.json" with { type: "json" };
import { folderWith, ROOT, run } from "../support/program.ts";

const USAGE = `token-server ${packageJson.version}
Rejects requests without a known token, limits what any request may cost, and serves or forwards the rest.

Usage: token-server [COMMAND] [OPTIONS]

Commands:
  serve             Serves until SIGTERM or SIGINT; the default command.
  check             Checks whether the server can use the config, and shows every setting.
  init              Writes a config.json with a new token, and shows the token.
  hash              Reads a token from standard input, and prints its SHA-256 for allowed_tokens.
  token COMMAND     create, list, show, edit, disable, enable, revoke, rotate, import, hash
  schema            Prints the JSON Schema of config.json.
  healthcheck       Asks the configured server whether it is healthy.
  version           Shows the version, and the commit it was built from.
  help              Shows this help.

Options:
  --config FILE     The config file; default ./config.json.
  -h, --help        Shows this help.
  -V, --version     Shows the version.

Exit codes: 0 done; 1 can't listen or write, requests were cut off, or not healthy; 2 bad config.json or
arguments; 3 no such token.
token-server COMMAND --help shows the help of a command.
`;

const CHECK_HELP = `Usage: token-server check [--config FILE]

Checks whether the server can use the config, and shows every setting.

Options:
  --config FILE     The config file; default ./config.json.
  -h, --help        Shows this help.

Exit codes: 0 can be used; 1 can't listen; 2 bad config.json or arguments.
`;

const COMMANDS = "serve, check, init, hash, token, schema, healthcheck, version, help";

const TOKEN_COMMANDS = "create, list, show, edit, disable, enable, revoke, rotate, import, hash"
  .split(", ")
  .map((name) => `token ${name}`)
  .join(", ");

/** The version, and the commit that the tests build from where git knows one. */
function versionLine(): string {
  const git = Bun.which("git");
  const ofHere = git !== null && existsSync(join(ROOT, ".git"));
  const { stdout } = ofHere
    ? Bun.spawnSync([git, "rev-parse", "--short=12", "HEAD"], { cwd: ROOT })
    : { stdout: "" };
  const commit = stdout.toString().trim();
  return `token-server ${packageJson.version}${commit && ` (${commit})`}\n`;
}

describe("the executable says", () => {
  const words: [string[], string][] = [
    [["--help"], USAGE],
    [["-h"], USAGE],
    [["--config", "none.json", "--help"], USAGE],
    [["help"], USAGE],
    [["help", "check"], CHECK_HELP],
    [["check", "--help"], CHECK_HELP],
    [["check", "--config", "none.json", "-h"], CHECK_HELP],
    [["schema"], `${JSON.stringify(jsonSchema(), null, 2)}\n`],
  ];
  test.each(words)("what %p asks for", (args, out) => {
    expect(run(args)).toEqual({ code: 0, out, err: "" });
  });

  test.each(`${COMMANDS}, ${TOKEN_COMMANDS}`.split(", "))("what %s does, without a config", (name) => {
    const { code, out, err } = run([...name.split(" "), "--help"], folderWith({}));
    expect([code, err]).toEqual([0, ""]);
    expect(out).toStartWith(`Usage: token-server ${name}`);
  });

  test.each(["version", "--version", "-V", "-v"])("its version, and the commit it is of: %s", (arg) => {
    const { code, out, err } = run([arg]);
    expect([code, err]).toEqual([0, ""]);
    expect(out.replace(", changed)", ")")).toBe(versionLine());
  });

  const misuses: [string[], string][] = [
    [["--confg", "x"], 'unknown option "--confg"; did you mean "--config"?'],
    [["--confg=x"], 'unknown option "--confg"; did you mean "--config"?'],
    [["-c", "x"], 'unknown option "-c"; options: --config, --help, --version'],
    [["srve"], 'unknown command "srve"; did you mean "serve"?'],
    [["start"], `unknown command; commands: ${COMMANDS}`],
    [["s3cr3t-token"], `unknown command; commands: ${COMMANDS}`],
    [["help", "s3cr3t-token"], `unknown command; commands: ${COMMANDS}`],
    [["--s3cr3t-token"], "unknown option; options: --config, --help, --version"],
    [["check", "--token=s3cr3t"], "unknown option; options: --config, --help, --version"],
    [["hash", "s3cr3t-token"], "hash takes options only; see --help"],
    [["hash", "--token", "s3cr3t"], "unknown option; options: --name, --help, --version"],
    [["hash", "--", "s3cr3t-token"], "hash takes options only; see --help"],
    [["token"], `token needs a command: ${TOKEN_COMMANDS}`],
    [["token", "s3cr3t"], `unknown command; commands: ${TOKEN_COMMANDS}`],
    [["token", "revok"], 'unknown command "token revok"; did you mean "token revoke"?'],
    [["token", "list", "s3cr3t"], "token list takes options only; see --help"],
    [["--config"], "--config needs a value: --config FILE"],
    [["--config", "--cofnig"], "--config needs a value: --config FILE"],
    [["--config="], "--config needs a value: --config FILE"],
    [["--config", "a", "--config", "b"], "--config is given twice"],
    [["--config", "x", "check"], "the command comes first: token-server check ..."],
    [["serve", "s3cr3t"], "serve takes options only; see --help"],
    [["check", "--", "--help"], "check takes options only; see --help"],
    [["--help=all"], "--help takes no value"],
    [["help", "srve"], 'unknown command "srve"; did you mean "serve"?'],
  ];
  test.each(misuses)("what is wrong with the arguments %p, in one line", (args, text) => {
    expect(run(args)).toEqual({ code: 2, out: "", err: `token-server: ${text}\n` });
  });

  test("that a file is missing whose name begins like an option", () => {
    const { code, out, err } = run(["check", "--config=--help"], folderWith({}));
    expect([code, out]).toEqual([2, ""]);
    expect(err).toStartWith("--help: no such file");
  });
});
