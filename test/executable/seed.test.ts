import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { curl, ROOT, start, type Program } from "./program.ts";

const SEED = `{ "server": { "http": { "host": "127.0.0.1", "port": 8000, "request_max_size": 1048576,
                        "allowed_tokens": ["token1", "token2"] } },
  "log": { "level": [{ "logger": "server_logger", "level": "DEBUG" }] } }
`;
let server: Program;
beforeAll(async () => void (server = await start(SEED.replace("8000", "0"))));
afterAll(async () => void (await server.stop()));

/** An answer as curl shows it, the date left out. */
async function asked(...args: readonly string[]) {
  return (await curl("-i", ...args, `${server.url}/ping`)).replace(/Date: .*\r\n/, "").toLowerCase();
}

const shown = (line: string, headers: readonly string[], content: string) =>
  [`http/1.1 ${line}`, ...headers, `content-length: ${content.length}`, "", content]
    .join("\r\n")
    .toLowerCase();
const JSON_TYPE = "content-type: application/json;charset=utf-8";
const no = (text: string) => `{"text":"${text}","status":"error"}`;
const auth = (value: string) => ["-H", `Authorization: ${value}`];
const CHALLENGE = 'www-authenticate: token realm="token-server"';

describe("the executable with the seed's config", () => {
  test("is the repository's own config.json, byte for byte", () => {
    expect(readFileSync(join(ROOT, "config.json"), "utf8")).toBe(SEED);
  });

  const rows: [string, string[], string][] = [
    [
      "the seed's curl line",
      auth("Token token1"),
      shown("200 OK", [JSON_TYPE], '{"text":"pong","status":"success"}'),
    ],
    ["no header", [], shown("401 Unauthorized", [JSON_TYPE, CHALLENGE], no("Missing authorization header"))],
    ["one word", auth("token1"), shown("403 Forbidden", [JSON_TYPE], no("Invalid authorization header"))],
    ["another scheme", auth("Basic token1"), shown("403 Forbidden", [JSON_TYPE], no("Invalid token scheme"))],
    [
      "an unknown token",
      auth("Token token3"),
      shown("403 Forbidden", [JSON_TYPE], no("Token doesn't exist")),
    ],
    [
      "another method",
      ["-X", "POST", ...auth("Token token1")],
      shown("405 Method Not Allowed", [JSON_TYPE, "allow: get, head"], no("Method not allowed")),
    ],
    ["HEAD", ["--head", ...auth("Token token1")], shown("200 OK", [JSON_TYPE], "x".repeat(34)).slice(0, -34)],
  ];
  test.each(rows)("answers %s", async (_, args, answer) => {
    const [status, ...others] = (await asked(...args)).split("\r\n");
    const [expectedStatus, ...expected] = answer.split("\r\n");
    expect([status, others.toSorted()]).toEqual([expectedStatus, expected.toSorted()]);
  });

  test("answers an unknown path with 404 to friends and 401 to strangers", async () => {
    const status = (...args: string[]) =>
      curl("-o", "/dev/null", "-w", "%{http_code}", ...args, `${server.url}/nothing`);
    expect(await status(...auth("Token token1"))).toBe("404");
    expect(await status()).toBe("401");
  });

  test("accepts exactly request_max_size bytes and refuses one more, declared and chunked", async () => {
    const upload = (size: number, ...args: string[]) =>
      new Response(
        Bun.spawn(
          [
            "curl",
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--data-binary",
            "@-",
            "-H",
            "Expect:",
            ...args,
            ...auth("Token token1"),
            `${server.url}/ping`,
          ],
          {
            stdin: Buffer.alloc(size, "x"),
            stdout: "pipe",
          },
        ).stdout,
      ).text();
    // 405 says that the content passed the size guard: /ping has no POST.
    expect(await upload(1048576)).toBe("405");
    expect(await upload(1048577)).toBe("413");
    expect(await upload(100, "-H", "Transfer-Encoding: chunked")).toBe("405");
  });

  test("writes the seed's log lines, one for each exchange, and no token", async () => {
    const own = await start(SEED.replace("8000", "0"));
    await curl(...auth("Token token1"), `${own.url}/ping?token=token2`);
    await curl(...auth("Token wrong-token"), `${own.url}/ping`);
    await curl(`${own.url}/ping`);
    await curl(...auth("Token token2"), `${own.url}/nothing`);
    const { out, code } = await own.stop();
    const lines = out.trimEnd().split("\n");
    const time = String.raw`\[\d{4}-\d\d-\d\d (AM|PM) (0[1-9]|1[0-2]):\d\d:\d\d\.\d{3}\] p${own.pid} `;
    const expected = [
      String.raw`\{server_logger\}: INFO: token-server \d+\.\d+\.\d+ listens on http://127\.0\.0\.1:\d+ with 2 tokens`,
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
