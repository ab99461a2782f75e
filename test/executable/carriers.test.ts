import { afterAll, describe, expect } from "bun:test";
import { needing } from "../support/needing.ts";
import { configWith, start, type Program } from "../support/program.ts";
import { startShared } from "../support/shared.ts";

const needingCurl = needing({ curl: Bun.which("curl") });
const CARRIERS = ["authorization", "basic", "x-api-key", "query:access_token"];
const TOKENS = ["s3cret-good", "s3cret-other"];
const BAD = "s3cret-bad";

/** Answers with the request as it arrived. */
const upstream = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: ({ url, headers }) => {
    const { pathname, search } = new URL(url);
    return Response.json({ target: pathname + search, ...Object.fromEntries(headers) });
  },
});
afterAll(() => upstream.stop(true));
const proxy = `http://127.0.0.1:${upstream.port}`;
const gate = startShared(() =>
  start(
    configWith({
      allowed_tokens: TOKENS,
      auth_scheme: ["Token", "Bearer"],
      token_from: CARRIERS,
      exclude_routes: ["/open/*"],
      routes: [
        { path: "/me", handler: "whoami" },
        { path: "/key", handler: "ping", token_from: ["x-api-key"], error_format: "openai" },
        { path: "/up/*", proxy },
        { path: "/open/*", proxy },
        { path: "/own/*", proxy, token_from: ["x-api-key"] },
        { path: "/kept/*", proxy, keep_credentials: true },
      ],
    }),
  ),
);

/** Status, the named headers and content of the answer that curl gets. */
async function curlFrom({ url }: Program, path: string, ...options: string[]) {
  const child = Bun.spawn(["curl", "-si", "--noproxy", "*", ...options, `${url}${path}`]);
  const [head = "", content = ""] = (await new Response(child.stdout).text()).split("\r\n\r\n");
  const [, status] = /^HTTP\/1.1 (\d+)/.exec(head) ?? [];
  const challenges = [...head.matchAll(/^www-authenticate: (.*)$/gim)].map(([, value]) => value);
  return { status: Number(status), challenges, content };
}

const curl = (path: string, ...options: string[]) => curlFrom(gate, path, ...options);

const ALL =
  'Basic realm="token-server", charset="UTF-8", Token realm="token-server", Bearer realm="token-server"';
const error = (text: string) => JSON.stringify({ text, status: "error" });

describe("the executable with several carriers", () => {
  const accepted: [string, string, string[]][] = [
    ["Token", "/me", ["-H", "Authorization: Token s3cret-good"]],
    ["Bearer", "/me", ["--oauth2-bearer", "s3cret-good"]],
    ["the password of Basic", "/me", ["-u", "anyone:s3cret-good"]],
    ["a header", "/me", ["-H", "X-Api-Key: s3cret-good"]],
    ["the query", "/me?a=1&access_token=s3cret%2Dgood", []],
    ["the header of a route", "/key", ["-H", "X-Api-Key: s3cret-good"]],
  ];
  for (const [name, path, options] of accepted)
    needingCurl(`accepts a token from ${name}`, async () => {
      expect(await curl(path, ...options)).toMatchObject({ status: 200, challenges: [] });
    });

  const BEARER =
    'Bearer realm="token-server", error="invalid_token", error_description="Token doesn\'t exist"';
  const refusals: [string, string, string[], number, string[], string][] = [
    [
      "no token",
      "/me",
      [],
      401,
      [ALL],
      "Missing authorization header, x-api-key header or access_token parameter",
    ],
    ["an unknown Token", "/me", ["-H", `Authorization: Token ${BAD}`], 403, [], "Token doesn't exist"],
    ["an unknown Bearer", "/me", ["--oauth2-bearer", BAD], 401, [BEARER], "Token doesn't exist"],
    ["an unknown password", "/me", ["-u", `anyone:${BAD}`], 401, [ALL], "Token doesn't exist"],
    ["an empty password", "/me", ["-u", "s3cret-good:"], 403, [], "Invalid authorization header"],
    ["an unknown key", "/me", ["-H", `X-Api-Key: ${BAD}`], 403, [], "Token doesn't exist"],
    [
      "an empty key",
      "/me?access_token=s3cret-good",
      ["-H", "X-Api-Key;"],
      403,
      [],
      "Invalid x-api-key header",
    ],
    [
      "two keys in the query",
      "/me?access_token=s3cret-good&access_token=s3cret-good",
      [],
      400,
      [],
      "Invalid access_token parameter",
    ],
    [
      "a second carrier after a first that was refused",
      "/me",
      ["-H", `Authorization: Token ${BAD}`, "-H", "X-Api-Key: s3cret-good"],
      403,
      [],
      "Token doesn't exist",
    ],
  ];
  for (const [name, path, options, status, challenges, text] of refusals)
    needingCurl(`refuses ${name}`, async () => {
      expect(await curl(path, ...options)).toEqual({ status, challenges, content: error(text) });
    });

  needingCurl("shows the refusal of a route in the format of OpenAI's API", async () => {
    const text = "Missing x-api-key header";
    expect(await curl("/key", "-u", "anyone:s3cret-good")).toEqual({
      status: 401,
      challenges: ['Token realm="token-server", Bearer realm="token-server"'],
      content: JSON.stringify({
        text,
        status: "error",
        error: { message: text, type: "invalid_request_error", code: "invalid_api_key" },
      }),
    });
  });

  const given = ["-H", "Authorization: Token s3cret-good", "-H", "X-Api-Key: s3cret-other"];
  const target = "?a=%7e&access_token=s3cret-bad&b=+";
  for (const route of ["/up", "/open"])
    needingCurl(`removes every carrier from what ${route} forwards`, async () => {
      const { status, content } = await curl(`${route}/x${target}`, ...given);
      expect([status, JSON.parse(content).target]).toEqual([200, `${route}/x?a=%7e&b=+`]);
      expect(content).not.toContain("s3cret");
      const { content: bare } = await curl(`${route}/x?access_token=s3cret-good`);
      expect(JSON.parse(bare).target).toBe(`${route}/x`);
    });

  needingCurl("removes every carrier from the handshake of a WebSocket", async () => {
    const handshake = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
    const headers = [...handshake, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];
    const asked = headers.flatMap((header) => ["-H", header]);
    // The upstream refuses it with what it received.
    const { content } = await curl(`/up/x${target}`, ...asked, ...given);
    expect(JSON.parse(content)).toMatchObject({ target: "/up/x?a=%7e&b=+", upgrade: "websocket" });
    expect(content).not.toContain("s3cret");
  });

  needingCurl("removes the carriers of a route that has its own, and no others", async () => {
    const { content } = await curl(`/own/x${target}`, ...given);
    const { target: at, authorization, ...headers } = JSON.parse(content);
    expect([at, authorization]).toEqual([`/own/x${target}`, "Token s3cret-good"]);
    expect(headers).not.toHaveProperty("x-api-key");
  });

  needingCurl("forwards them as they came with keep_credentials", async () => {
    const { content } = await curl(`/kept/x${target}`, ...given);
    expect(JSON.parse(content)).toMatchObject({
      target: `/kept/x${target}`,
      authorization: "Token s3cret-good",
      "x-api-key": "s3cret-other",
    });
  });

  needingCurl("logs no token, whatever carries it", async () => {
    const own = await start(configWith({ allowed_tokens: TOKENS, token_from: CARRIERS }));
    const to = (path: string, ...options: string[]) => curlFrom(own, path, ...options);
    await to("/ping?access_token=s3cret-good");
    await to(`/ping?access_token=${BAD}`);
    await to("/ping", "-u", `s3cret-user:${BAD}`);
    await to("/ping", "-H", "X-Api-Key: s3cret good");
    const { out, err } = await own.stop();
    expect([...out.matchAll(/GET \/ping \d+/g)].map(String)).toEqual(
      ["200", "403", "401", "403"].map((one) => `GET /ping ${one}`),
    );
    expect(out + err).not.toContain("s3cret");
  });
});
