import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import { INSPECT_VARIABLES } from "../support/inspect-variables.ts";
import { needing } from "../support/needing.ts";
import { AS_TOKEN1, answerOf } from "../support/answer-of.ts";
import { configWith, executable, folderWith, ROOT, start } from "../support/program.ts";
import { untilChanged } from "../support/until-changed.ts";

const UNIT = readFileSync(join(ROOT, "docs/deploy/token-server.service"), "utf8");
const ANALYZE = Bun.which("systemd-analyze");
const STRACE = Bun.which("strace");
/** Where there is no ptrace, strace is there and of no use. */
const TRACES = STRACE !== null && Bun.spawnSync([STRACE, "-o", "/dev/null", "true"]).success;

/** What the unit sets a directive to, one value a line. */
const all = (name: string) =>
  [...UNIT.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value]) => value ?? "");

function analyze(...args: readonly string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([String(ANALYZE), ...args], { timeout: 30_000 });
  return { code: exitCode, out: stdout.toString(), err: stderr.toString() };
}

/** The unit in a folder of its own, with the executable where the tests have built it. */
function installed(): string {
  const folder = folderWith({
    "token-server.service": UNIT.replace("/usr/local/bin/token-server", executable()),
  });
  return join(folder, "token-server.service");
}

describe("token-server.service", () => {
  test("keeps out the variables that make the executable run other code", () => {
    const unset = all("UnsetEnvironment").flatMap((line) => line.split(" "));
    expect(unset).toEqual(["BUN_OPTIONS", "BUN_BE_BUN", ...INSPECT_VARIABLES]);
    const { stdout } = Bun.spawnSync([executable(), "--print", "6 * 7"], {
      env: { ...process.env, BUN_BE_BUN: "1" },
    });
    // Once Bun no longer does this, the line can go.
    expect(stdout.toString()).toBe("42\n");
  });

  test("gives no capability and no new privilege", () => {
    expect(all("CapabilityBoundingSet")).toEqual([""]);
    expect(all("AmbientCapabilities")).toEqual([""]);
    expect(all("NoNewPrivileges")).toEqual(["yes"]);
    expect(all("DynamicUser")).toEqual(["yes"]);
  });

  test("lets a stop take as long as the server may", () => {
    const reference = readFileSync(join(ROOT, "docs/config.md"), "utf8");
    const seconds = (setting: string) =>
      Number(new RegExp(`\`shutdown\\.${setting}\` .*?\\| \`([\\d.]+)\``).exec(reference)?.[1]);
    const longest = seconds("drain") + seconds("deadline") + LIMITS.logCloseDeadline / 1000;
    expect(longest).toBeGreaterThan(10);
    expect(Number(all("TimeoutStopSec")[0])).toBeGreaterThan(longest);
  });

  test("reloads by SIGHUP, and can read what was written since its start", () => {
    expect(all("ExecReload")).toEqual(["/bin/kill -HUP $MAINPID"]);
    expect(all("ExecStart")).toEqual(["/usr/local/bin/token-server --config /etc/token-server/config.json"]);
    expect(all("LoadCredential")).toEqual([]);
    // Sent before the server listens it ends the process, which on-failure alone takes for a wish.
    expect(all("RestartForceExitStatus")).toEqual(["SIGHUP"]);
    // A group named as the dynamic user is keeps the service from starting.
    expect(all("SupplementaryGroups")).toEqual(["token-server-config"]);
  });

  test("keeps a folder for the tokens, which the page's config names", () => {
    expect(all("StateDirectory")).toEqual(["token-server"]);
    expect(all("StateDirectoryMode")).toEqual(["0700"]);
    const page = readFileSync(join(ROOT, "docs/deploy/README.md"), "utf8");
    const [, config = ""] = /printf '%s\\n' '(.*)' \|/.exec(page) ?? [];
    expect(JSON.parse(config)).toEqual({
      server: { http: { token_store: "sqlite:/var/lib/token-server/tokens.db" } },
    });
  });

  test("lets the runtime compile", () => {
    expect(all("MemoryDenyWriteExecute")).toEqual([]);
  });

  needing({ "systemd-analyze": ANALYZE })("has nothing that systemd-analyze complains of", () => {
    expect(analyze("verify", "--man=no", installed())).toEqual({ code: 0, out: "", err: "" });
  });

  needing({ "systemd-analyze": ANALYZE })("is exposed by less than 2 of 10", () => {
    const { out } = analyze("security", "--offline=true", "--no-pager", installed());
    const level = Number(/Overall exposure level for token-server\.service: ([\d.]+)/.exec(out)?.[1]);
    expect(level).toBeLessThan(2);
  });

  needing({ "systemd-analyze": ANALYZE, "a strace that may trace": TRACES })(
    "lets through every system call of a start, exchanges and a stop",
    async () => {
      const folder = folderWith({});
      const trace = join(folder, "trace");
      // -D: the child is the server and not strace, so that signals reach it.
      const server = await start(configWith({ host: "localhost", token_store: "sqlite:tokens.db" }), [
        ...[String(STRACE), "-D", "-f", "-qq", "-o", trace],
        executable(),
      ]);
      await answerOf(`${server.url}/ping`, AS_TOKEN1);
      await answerOf(`${server.url}/ping`);
      expect((await server.stop()).code).toBe(0);
      // strace is not our child and ends a little later.
      await untilChanged(folder, () => readFileSync(trace, "utf8").includes("exit_group("));
      const used = new Set(
        [...readFileSync(trace, "utf8").matchAll(/^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)/gm)].map(
          ([, name]) => String(name),
        ),
      );
      expect(used).toContain("execve");
      expect(used).toContain("listen");
      expect(used).toContain("pwrite64");
      const allowed = allowedCalls();
      // As root, SQLite gives its files the owner of the database; the service is not root.
      if (process.getuid?.() === 0) allowed.add("fchown");
      expect([...used].filter((name) => !allowed.has(name))).toEqual([]);
    },
  );
});

/** The system calls that the unit's filters leave. */
function allowedCalls(): Set<string> {
  const sets = new Map<string, string[]>();
  let members: string[] = [];
  for (const line of analyze("syscall-filter", "--no-pager").out.split("\n")) {
    if (line.startsWith("@")) sets.set(line.trim(), (members = []));
    else if (/^ +[@\w]/.test(line)) members.push(line.trim());
  }
  const calls = (name: string): string[] =>
    name.startsWith("@") ? (sets.get(name) ?? []).flatMap(calls) : [name];
  const listed = (filter: string) => filter.replace("~", "").split(" ").flatMap(calls);
  const filters = all("SystemCallFilter");
  const allowed = new Set(filters.filter((filter) => !filter.startsWith("~")).flatMap(listed));
  for (const filter of filters.filter((filter) => filter.startsWith("~"))) {
    for (const name of listed(filter)) allowed.delete(name);
  }
  return new Set([...allowed, ...calls("@default")]);
}
