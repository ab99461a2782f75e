import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { needing } from "../support/needing.ts";
import { SEED_CONFIG } from "../support/seed-config.ts";
import { refused, TOKEN1 } from "../support/send.ts";
import { AS_TOKEN1, answerOf } from "../support/answer-of.ts";
import { ROOT, start } from "../support/program.ts";
import { startShared } from "../support/shared.ts";

const server = startShared(() => start(SEED_CONFIG.replace("8000", "0")));

const CHALLENGE = { "www-authenticate": 'Token realm="token-server"' };
const as = (value: string) => ({ headers: { Authorization: value } });

describe("the executable with the seed's config", () => {
  // As it is committed, so that adding a route to it breaks no test.
  const git = existsSync(join(ROOT, ".git")) && Bun.which("git");
  needing({ "git and a clone": git })("is the repository's own config.json, byte for byte", () => {
    const { stdout } = Bun.spawnSync([String(git), "show", "HEAD:./config.json"], { cwd: ROOT });
    expect(stdout.toString()).toBe(SEED_CONFIG);
  });

  const refusals: [string, RequestInit, ReturnType<typeof refused>][] = [
    ["no header", {}, refused(401, "Missing authorization header", CHALLENGE)],
    ["one word", as("token1"), refused(403, "Invalid authorization header")],
    ["another scheme", as("Basic token1"), refused(403, "Invalid token scheme")],
    ["an unknown token", as("Token token3"), refused(403, "Token doesn't exist")],
    [
      "another method",
      { method: "POST", headers: TOKEN1 },
      refused(405, "Method not allowed", { allow: "GET, HEAD" }),
    ],
  ];
  test.each(refusals)("refuses %s", async (_, init, { status, headers, content }) => {
    const length = { "content-length": String(content.length) };
    expect(await answerOf(`${server.url}/ping`, init)).toEqual({
      status,
      headers: { ...headers, ...length },
      content,
    });
  });

  test.each(["GET", "HEAD"])("answers %s with a token", async (method) => {
    expect(await answerOf(`${server.url}/ping`, { method, headers: TOKEN1 })).toEqual({
      status: 200,
      headers: { "content-type": "application/json;charset=utf-8", "content-length": "34" },
      content: method === "HEAD" ? "" : '{"text":"pong","status":"success"}',
    });
  });

  test("answers an unknown path with 404 to authenticated clients and 401 to all others", async () => {
    const url = `${server.url}/nothing`;
    const { status } = await answerOf(url);
    expect([(await answerOf(url, AS_TOKEN1)).status, status]).toEqual([404, 401]);
  });

  test("accepts exactly request_max_size bytes and refuses one more, declared and chunked", async () => {
    const upload = async (body: Blob | ReadableStream) =>
      (await answerOf(`${server.url}/ping`, { method: "POST", headers: TOKEN1, body })).status;
    const content = (size: number) => new Blob([Buffer.alloc(size, "x")]);
    // 405 says that the content passed the size guard: /ping has no POST.
    expect(await upload(content(1048576))).toBe(405);
    expect(await upload(content(1048577))).toBe(413);
    expect(await upload(chunked(100))).toBe(405);
  });

  test("writes the seed's log lines, one for each exchange, and no token", async () => {
    const own = await start(SEED_CONFIG.replace("8000", "0"));
    await answerOf(`${own.url}/ping?token=token2`, as("Token token1"));
    await answerOf(`${own.url}/ping`, as("Token wrong-token"));
    await answerOf(`${own.url}/ping`);
    await answerOf(`${own.url}/nothing`, as("Token token2"));
    const { out, code } = await own.stop();
    const lines = out.trimEnd().split("\n");
    const time = String.raw`\[\d{4}-\d\d-\d\d (AM|PM) (0[1-9]|1[0-2]):\d\d:\d\d\.\d{3}\] p${own.pid} `;
    const expected = [
      String.raw`\{server_logger\}: INFO: token-server \d+\.\d+\.\d+ listens on http://127\.0\.0\.1:\d+ with 2 tokens`,
      String.raw`\{server_logger\}: WARNING: config\.json:2:44: server\.http\.allowed_tokens\[0\] is a public example; .*`,
      String.raw`\{server_logger\}: WARNING: config\.json:2:54: server\.http\.allowed_tokens\[1\] is a public example; .*`,
      String.raw`\{server_logger\}: DEBUG: -> Received PING`,
      String.raw`\{server_logger\.access\}: INFO: GET /ping 200 \d+ us user [0-9a-f]{8}-[0-9a-f-]{27}`,
      String.raw`\{server_logger\.auth\}: WARNING: GET /ping 403 \d+ us: Token doesn't exist \(token [0-9a-f]{8}\)`,
      String.raw`\{server_logger\.auth\}: WARNING: GET /ping 401 \d+ us: Missing authorization header`,
      String.raw`\{server_logger\.access\}: WARNING: GET \(unknown path\) 404 \d+ us user [0-9a-f]{8}-[0-9a-f-]{27}: Not found`,
      String.raw`\{server_logger\}: INFO: SIGINT: stopping, 0 requests in flight`,
      String.raw`\{server_logger\}: INFO: Stopped`,
    ];
    expect(lines).toHaveLength(expected.length);
    for (const [index, line] of lines.entries())
      expect(line).toMatch(new RegExp(`^${time}${expected[index]}$`));
    expect(out).not.toMatch(/token1|token2|wrong-token/);
    expect(code).toBe(0);
  });
});

/** So many bytes whose number is not declared: they come after the head. */
function chunked(size: number): ReadableStream<string> {
  return new ReadableStream({
    async pull(controller) {
      await new Promise(setImmediate);
      controller.enqueue("x".repeat(size));
      controller.close();
    },
  });
}
