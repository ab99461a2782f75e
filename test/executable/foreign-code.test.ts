import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { configWith, executable, folderWith, freePort, start } from "../support/program.ts";
import { INSPECT_VARIABLES } from "../support/inspect-variables.ts";

/** Serves with a variable set, and gives what came of it once the program has ended. */
function served(name: string, value: string) {
  const folder = folderWith({
    "config.json": configWith({ allowed_tokens: ["s3cret-token"] }),
    "foreign.js": `require("node:fs").writeFileSync("ran", "")`,
  });
  const { exitCode, stdout, stderr } = Bun.spawnSync([executable()], {
    cwd: folder,
    env: { ...process.env, [name]: value },
    timeout: 5_000,
  });
  return { folder, code: exitCode, out: stdout.toString(), err: stderr.toString() };
}

const debuggers = "which lets a debugger read the tokens and run code without a password; unset it";

describe("the executable does not serve", () => {
  test.each(INSPECT_VARIABLES)("while %s is set", (name) => {
    const { code, out, err } = served(name, `127.0.0.1:${freePort()}/debug`);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: "",
      err: `token-server: ${name} is set, ${debuggers}\n`,
    });
  });

  test("while BUN_OPTIONS is set, which Bun obeys before", () => {
    const { folder, code, out, err } = served("BUN_OPTIONS", "--preload ./foreign.js");
    expect({ code, out, err }).toEqual({
      code: 2,
      out: "",
      err: "token-server: BUN_OPTIONS is set, which makes the runtime run other code; unset it\n",
    });
    // Once Bun no longer does this, the check can go.
    expect(existsSync(join(folder, "ran"))).toBeTrue();
  });
});

test.each(["check", "healthcheck", "init"])(
  "the executable reads no config for %s while one is set",
  (name) => {
    const folder = folderWith({ "config.json": configWith({ allowed_tokens: ["s3cret-token"] }) });
    const { exitCode, stdout, stderr } = Bun.spawnSync([executable(), name], {
      cwd: folder,
      env: { ...process.env, BUN_INSPECT_NOTIFY: "127.0.0.1:1" },
      timeout: 5_000,
    });
    expect([exitCode, stdout.toString(), stderr.toString()]).toEqual([
      2,
      "",
      `token-server: BUN_INSPECT_NOTIFY is set, ${debuggers}\n`,
    ]);
  },
);

test("the executable serves while these variables are empty, or others of Bun's are set", async () => {
  const empty = Object.fromEntries(["BUN_OPTIONS", ...INSPECT_VARIABLES].map((name) => [name, ""]));
  const others = { BUN_CONFIG_MAX_HTTP_REQUESTS: "1000", BUN_JSC_gcMaxHeapSize: "5000000" };
  const variables = Object.entries({ ...empty, ...others }).map(([name, value]) => `${name}=${value}`);
  const server = await start(configWith(), ["env", ...variables, executable()]);
  expect((await server.stop()).code).toBe(0);
});
