import { describe, expect, test } from "bun:test";
import { command } from "../../src/commands/command.ts";
import { runCommand } from "../../src/commands/run-command.ts";

const serve = command({ name: "serve", about: "Serves.", options: {} }, async (_given, { out }) => {
  out("serves\n");
  return 0;
});
const create = command(
  {
    name: "token create",
    about: "Creates a token.",
    operands: "[HANDLE]",
    options: {
      user: { type: "string", value: "NAME", default: "anna", about: "Its user.", required: true },
      scope: { type: "string", value: "SCOPE", multiple: true, about: "A scope." },
      json: { type: "boolean", short: "j", about: "Prints JSON." },
    },
    exits: "0 created; 3 no such token",
  },
  async ({ values: { user, scope, json }, positionals }, { out }) => {
    out(JSON.stringify({ user: user.toUpperCase(), scope: scope?.join("+"), json, positionals }));
    return 3;
  },
);
const list = command({ name: "token list", about: "Lists tokens.", options: {} }, async () => 0);

async function run(...args: readonly string[]) {
  const written = { out: "", err: "" };
  const output = {
    out: (text: string) => void (written.out += text),
    err: (text: string) => void (written.err += text),
  };
  return { code: await runCommand(args, output, [serve, create, list]), ...written };
}

describe("runCommand() runs", () => {
  test("the first command when none is named, and the one that is", async () => {
    expect(await run()).toEqual({ code: 0, out: "serves\n", err: "" });
    expect(await run("serve")).toEqual({ code: 0, out: "serves\n", err: "" });
    expect(await run("token", "list")).toEqual({ code: 0, out: "", err: "" });
  });

  const parsed: [string[], object][] = [
    [[], { user: "ANNA", positionals: [] }],
    [["--user", "bob", "--scope", "a", "--scope=b"], { user: "BOB", scope: "a+b", positionals: [] }],
    [["one", "-j", "two"], { user: "ANNA", json: true, positionals: ["one", "two"] }],
    [["--user=-b", "-", "--", "--json", "--help"], { user: "-B", positionals: ["-", "--json", "--help"] }],
    [["--user", "-"], { user: "-", positionals: [] }],
  ];
  test.each(parsed)("a command with %j parsed", async (args, given) => {
    expect(await run("token", "create", ...args)).toEqual({ code: 3, out: JSON.stringify(given), err: "" });
  });
});

describe("runCommand() refuses", () => {
  const misuses: [string, string][] = [
    ["token", "token needs a command: token create, token list"],
    ["token --user x", "token needs a command: token create, token list"],
    ["token creat", 'unknown command "token creat"; did you mean "token create"?'],
    ["token s3cret", "unknown command; commands: token create, token list"],
    ["tokn", 'unknown command "tokn"; did you mean "token"?'],
    ["s3cret-1", "unknown command; commands: serve, token"],
    ["token create --jsn", 'unknown option "--jsn"; did you mean "--json"?'],
    ["token create --json=1", "--json takes no value"],
    ["token create --help=1", "--help takes no value"],
    ["token create --user --json", "--user needs a value: --user NAME"],
    ["token create --user a --user b", "--user is given twice"],
    ["token list one", "token list takes options only; see --help"],
    ["token list -- --help", "token list takes options only; see --help"],
  ];
  test.each(misuses)("%p, in one line", async (line, text) => {
    expect(await run(...line.split(" "))).toEqual({ code: 2, out: "", err: `token-server: ${text}\n` });
  });
});

describe("runCommand() shows", () => {
  test.each(["--help", "-h", "--user --help", "--nonsense -h", "-jh"])(
    "the help of a command for %p",
    async (flags) => {
      const out = `Usage: token-server token create --user NAME [--scope SCOPE]... [--json] [HANDLE]

Creates a token.

Options:
  --user NAME       Its user.
  --scope SCOPE     A scope.
  -j, --json        Prints JSON.
  -h, --help        Shows this help.

Exit codes: 0 created; 3 no such token.
`;
      expect(await run("token", "create", ...flags.split(" "))).toEqual({ code: 0, out, err: "" });
    },
  );

  test("the commands of a group", async () => {
    const out = `Usage: token-server token COMMAND [OPTIONS]

Commands:
  token create      Creates a token.
  token list        Lists tokens.

token-server token COMMAND --help shows the help of a command.
`;
    expect(await run("token", "--help")).toEqual({ code: 0, out, err: "" });
  });
});
