import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answerOf } from "../support/answer-of.ts";
import { modelServer } from "../support/model-server.ts";
import { needing } from "../support/needing.ts";
import { npmFolder } from "../support/npm-folder.ts";
import { page, replaced } from "../support/page.ts";
import { executable, folderWith, noted, start } from "../support/program.ts";

const PAGE = page("docs/gate/model-server.md");
const [CONFIG = ""] = PAGE.blocks("json");
const [MAKE_KEY = "", CURL = ""] = PAGE.blocks("sh");
const [PRINTED = ""] = PAGE.blocks("text");

/** Each client as it is today and as it was a major version ago: the headers and the errors of both differ. */
const CLIENTS = [
  { script: "openai.mjs", name: "openai", from: "openai@7.59.0" },
  { script: "openai.mjs", name: "openai-6", from: "openai-6@npm:openai@6.49.0" },
  { script: "anthropic.mjs", name: "@anthropic-ai/sdk", from: "@anthropic-ai/sdk@1.14.0" },
  { script: "anthropic.mjs", name: "anthropic-0", from: "anthropic-0@npm:@anthropic-ai/sdk@0.137.0" },
];

const INSTALLED = npmFolder(CLIENTS.map(({ from }) => from));
if (INSTALLED !== null) {
  cpSync(join(import.meta.dir, "../support/model-clients"), INSTALLED, { recursive: true });
}
const withClients = needing({ "the npm registry": INSTALLED });

const models = modelServer();
const { server, key } = await gate();
afterAll(async () => {
  await server.stop();
  models[Symbol.dispose]();
});

/** The page's gate in front of the model server, and the key that its commands make for Anna. */
async function gate() {
  const folder = folderWith({});
  const making = replaced(MAKE_KEY, { "./token-server": executable() });
  const { exitCode, stdout } = Bun.spawnSync(["sh", "-ec", making], { cwd: folder });
  expect(exitCode).toBe(0);
  const anna = String(/^ *(\{.*"anna" \})/m.exec(CONFIG)?.[1]);
  const made = stdout.toString().trim();
  expect(made.replace(/[0-9a-f]{64}/, "")).toBe(anna.replace(/[0-9a-f]{64}/, ""));
  return {
    server: await start(
      replaced(CONFIG, {
        [anna]: made,
        "http://127.0.0.1:11434": models.url,
        '"port": 8000': '"port": 0',
        '"port": 8001': '"port": 0',
      }),
    ),
    key: readFileSync(join(folder, "anna.key"), "utf8").trim(),
  };
}

/** Runs a client with this key; calls back with each line that it prints when it comes. */
async function runClient(script: string, name: string, used: string, onLine: (line: object) => void) {
  const child = Bun.spawn(["node", script, name], {
    cwd: String(INSTALLED),
    env: {
      PATH: String(process.env["PATH"]),
      // Neither this user's settings nor variables may change where a client asks, or with what.
      HOME: String(INSTALLED),
      OPENAI_BASE_URL: `${server.url}/v1`,
      OPENAI_API_KEY: used,
      ANTHROPIC_BASE_URL: server.url,
      ANTHROPIC_API_KEY: used,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  noted(child);
  const stderr = new Response(child.stderr).text();
  let rest = "";
  for await (const chunk of child.stdout) {
    rest += Buffer.from(chunk).toString();
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(JSON.parse(line));
  }
  expect([await child.exited, await stderr]).toEqual([0, ""]);
}

describe("docs/gate/model-server.md", () => {
  for (const { script, name, from } of CLIENTS) {
    withClients(
      `${from} completes a chat and streams one, each event when it is sent`,
      async () => {
        const before = models.requests.length;
        const lines: object[] = [];
        await runClient(script, name, key, (line) => {
          lines.push(line);
          // The next word leaves the model server only now, so this one can't have waited for it.
          if ("word" in line) models.release();
        });
        expect(lines).toEqual([
          { whole: "one two three" },
          ...["one", " two", " three"].map((word) => ({ word })),
          { ended: true },
        ]);
        const received = models.requests.slice(before);
        expect(received).toHaveLength(2);
        for (const { headers } of received) {
          expect(headers.get("x-auth-user")).toBe("anna");
          expect(headers.get("host")).toBe(new URL(models.url).host);
          expect([headers.get("authorization"), headers.get("x-api-key")]).toEqual([null, null]);
        }
      },
      30_000,
    );

    withClients(
      `${from} prints the text of our refusal`,
      async () => {
        const before = models.requests.length;
        const lines: { error?: string; message?: string }[] = [];
        await runClient(script, name, "wrong", (line) => void lines.push(line));
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatchObject({ error: "AuthenticationError", status: 401 });
        expect(PRINTED.split("\n")[script === "openai.mjs" ? 0 : 1]).toBe(String(lines[0]?.message));
        expect(models.requests).toHaveLength(before);
      },
      30_000,
    );
  }

  test("the key is in x-api-key where Authorization holds another one, and neither reaches the model server", async () => {
    const asked = async (headers: Record<string, string>) =>
      await answerOf(`${server.url}/v1/models`, { headers });
    const other = { Authorization: "Bearer another" };
    const before = models.requests.length;
    expect(await asked({ ...other, "x-api-key": key })).toMatchObject({
      status: 200,
      content: expect.stringContaining('"parrot"'),
    });
    expect(await asked({ Authorization: `Bearer ${key}`, "x-api-key": "another" })).toMatchObject({
      status: 401,
    });
    const received = models.requests.slice(before).map(({ headers }) => headers);
    expect(received.map((headers) => [headers.get("authorization"), headers.get("x-api-key")])).toEqual([
      [null, null],
    ]);
  });

  needing({ curl: Bun.which("curl") })("its curl line lists the models", async () => {
    const folder = folderWith({ "anna.key": `${key}\n` });
    const command = replaced(CURL, { "http://127.0.0.1:8000": server.url, curl: "curl -s" });
    // Not in the way of the model server, which runs in this process.
    const { stdout } = Bun.spawn(["sh", "-ec", command], { cwd: folder, stdout: "pipe", stderr: "ignore" });
    expect(await new Response(stdout).json()).toMatchObject({ data: [{ id: "parrot" }] });
  });

  test("only what lies below /v1 passes", async () => {
    const before = models.requests.length;
    const headers = { Authorization: `Bearer ${key}` };
    expect((await answerOf(`${server.url}/api/delete`, { method: "DELETE", headers })).status).toBe(404);
    expect(models.requests).toHaveLength(before);
  });

  test("its metrics count requests by name", async () => {
    const admin = String(/ and (http:\S+) with/.exec(server.out())?.[1]);
    expect((await answerOf(`${admin}/metrics`)).content).toMatch(
      /^token_server_user_requests_total\{user="anna"\} [1-9]/m,
    );
    expect(server.out()).not.toContain(key);
  });

  test("a key is revoked once its line is deleted", async () => {
    const file = join(server.folder, "config.json");
    const config = readFileSync(file, "utf8");
    const headers = { Authorization: `Bearer ${key}` };
    expect((await answerOf(`${server.url}/v1/models`, { headers })).status).toBe(200);
    writeFileSync(file, config.replace(/^.*"anna".*\n/m, ""));
    await server.wrote("Reloaded, with 1 token");
    expect((await answerOf(`${server.url}/v1/models`, { headers })).status).toBe(401);
  });
});
