import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needing } from "../support/needing.ts";
import { contentOf } from "../support/answer-of.ts";
import { modelServer } from "../support/model-server.ts";
import { page, replaced } from "../support/page.ts";
import { until } from "../support/until.ts";
import { folderWith, freePort, noted, ROOT } from "../support/program.ts";

const PAGE = page("README.md");
const README = PAGE.text;
const texts = (language: string) => PAGE.blocks(language).map((text) => text.trimEnd());
const [FIRST = "", TRY = "", TEAM = "", START, TEST, ...CURLS] = texts("sh");

/** The repository as a clone has it, with a free port in its config.json. */
function clone(port: number): string {
  const folder = folderWith({});
  for (const file of sourceFiles()) cpSync(join(ROOT, file), join(folder, file));
  const config = readFileSync(join(folder, "config.json"), "utf8");
  writeFileSync(join(folder, "config.json"), config.replace("8000", String(port)));
  return folder;
}

/** The files of the repository: what git knows, or in an archive all that no command makes. */
function sourceFiles(): string[] {
  const git = Bun.which("git");
  if (git !== null && existsSync(join(ROOT, ".git"))) {
    const command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const { success, stdout } = Bun.spawnSync(command, { cwd: ROOT });
    // It does not trust the folder of another user.
    if (success) return stdout.toString().split("\0").filter(Boolean);
  }
  const all = new Bun.Glob("**/*").scanSync({ cwd: ROOT, dot: true });
  return [...all].filter(
    (file) => !/^(node_modules|coverage|\.git|token-server|gate\.json|tokens\.db.*)(\/|$)/.test(file),
  );
}

/** Runs one of the README's start commands in a folder until the server listens. */
async function startIn(folder: string, command = START) {
  const child = Bun.spawn(["sh", "-c", `exec ${command}`], { cwd: folder, stdout: "pipe", stderr: "ignore" });
  noted(child);
  let out = "";
  const listens = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const chunk of child.stdout) {
      out += Buffer.from(chunk).toString();
      if (out.includes("listens on")) listens.resolve();
    }
    listens.reject(new Error(`${command} ended: ${out}`));
  })();
  await listens.promise;
  const pid = Number(/ p(\d+) /.exec(out)?.[1]);
  return {
    async stop() {
      process.kill(pid, "SIGTERM");
      await child.exited;
      await reading;
      return out;
    },
  };
}

const inShell = async (command: string, cwd: string) =>
  await new Response(
    Bun.spawn(["sh", "-c", command], { cwd, stdout: "pipe", stderr: "ignore" }).stdout,
  ).text();

/** An answer without what differs from one run to the next. */
const plain = (answer: string) => answer.replaceAll("\r\n", "\n").replace(/^Date: .*\n/m, "");

describe("README.md", () => {
  test("names the two commands that do all of the set-up, and .ci/run runs the second", () => {
    expect([START, TEST]).toEqual(["npx --yes bun@1.4.5 start", "npx --yes bun@1.4.5 run test"]);
    expect(readFileSync(join(ROOT, ".ci/run"), "utf8")).toContain(`\n${TEST} `);
    expect(CURLS).toHaveLength(3);
  });

  const port = freePort();
  let server: Awaited<ReturnType<typeof startIn>> | undefined;
  afterAll(async () => void (await server?.stop()));

  needing({ curl: Bun.which("curl") })(
    "puts a gate in front of a model server in the first five minutes, and gives a team tokens",
    async () => {
      using models = modelServer();
      const folder = clone(port);
      const [build = "", init = "", serve] = FIRST.split("\n");
      await inShell(build, folder);
      const asked = replaced(init, { "http://127.0.0.1:11434": models.url });
      const { exitCode, stdout, stderr } = Bun.spawnSync(["sh", "-c", asked], { cwd: folder });
      expect(exitCode).toBe(0);
      const request = replaced(TRY, { "<the token>": stdout.toString().trim() });
      expect(stderr.toString().split("\n")).toContain(request);
      expect(stderr.toString().split("\n")).toContain(String(serve));

      const file = join(folder, "gate.json");
      writeFileSync(file, replaced(readFileSync(file, "utf8"), { "8000": String(port) }));
      server = await startIn(folder, serve);
      const here = replaced(request, { "8000": String(port), "curl ": "curl -s " });
      expect(JSON.parse(await inShell(here, folder))).toMatchObject({ data: [{ id: "parrot" }] });
      const open = await fetch(`http://127.0.0.1:${port}/v1/models`);
      expect([open.status, models.requests.length]).toEqual([401, 1]);

      const [create = "", list = "", revoke = ""] = TEAM.split("\n");
      const headers = { Authorization: `Bearer ${(await inShell(create, folder)).trim()}` };
      const status = async () => (await fetch(open.url, { headers })).status;
      expect(await status()).toBe(200);
      const [handle = ""] = /^\w{8}(?=\tanna\tlaptop\t)/m.exec(await inShell(list, folder)) ?? [];
      await inShell(replaced(revoke, { HANDLE: handle }), folder);
      await until(async () => (await status()) === 401);
      await server.stop();
      server = undefined;
    },
    120_000,
  );

  needing({ curl: Bun.which("curl") })(
    "starts a fresh clone, and its curl lines give the answers it shows",
    async () => {
      const folder = clone(port);
      server = await startIn(folder);
      const answers = texts("").filter((text) => text.startsWith("HTTP/1.1 "));
      expect(answers).toHaveLength(CURLS.length);
      for (const [index, command] of CURLS.entries()) {
        expect(plain(await inShell(command.replace("8000", String(port)), folder))).toBe(
          String(answers[index]),
        );
      }
      expect(await inShell("./token-server --help", folder)).toStartWith("token-server ");
      expect(await server.stop()).toContain("Stopped\n");
      server = undefined;
    },
    120_000,
  );

  test("shows how to add a handler", async () => {
    const folder = clone(port);
    const [file, imported, named] = texts("ts");
    writeFileSync(join(folder, "src/routes/greeting.ts"), `${file}\n`);
    // It may have been followed already.
    const edit = (name: string, added: string, change: (text: string) => string) => {
      const text = readFileSync(join(folder, name), "utf8");
      const changed = text.includes(added) ? text : change(text);
      expect(changed).toContain(added);
      writeFileSync(join(folder, name), changed);
    };
    edit("src/routes/route-kinds.ts", String(imported), (text) =>
      text
        .replace("import { health", `${imported}\nimport { health`)
        .replace("const ROUTE_KINDS = {\n", `const ROUTE_KINDS = {\n${named}\n`),
    );
    const routes = String(texts("json").at(-1));
    edit("config.json", routes, (text) => text.replace('"allowed_tokens"', `${routes}, "allowed_tokens"`));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const check = Bun.spawnSync([process.execPath, "check"], { cwd: folder });
    expect(check.stderr.toString()).toContain("No type errors");

    const files = readdirSync(folder);
    server = await startIn(folder);
    expect(readdirSync(folder).toSorted()).toEqual([...files, "token-server"].toSorted());
    expect(JSON.parse(await contentOf(`http://127.0.0.1:${port}/greeting`))).toEqual({
      text: expect.stringMatching(/^hello [0-9a-f]{8}-[0-9a-f-]{27}$/),
      status: "success",
    });
    await server.stop();
    server = undefined;
  }, 120_000);

  test("gives ratios that docs/performance.md has measured", () => {
    const ratios = [...README.matchAll(/\*\*([\d.]+)\*\*/g)].map(([, ratio]) => String(ratio));
    const measured = readFileSync(join(ROOT, "docs/performance.md"), "utf8");
    expect(ratios).toHaveLength(5);
    for (const ratio of ratios)
      expect(measured).toMatch(new RegExp(`^\\| (?:accepted|proxied).*\\| ${ratio} `, "m"));
    expect(readFileSync(join(ROOT, "docs/performance.svg"), "utf8")).toContain(">token-server<");
  });
});
