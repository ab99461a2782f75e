import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ANNA, TOKEN } from "../support/asking-proxy.ts";
import { page, replaced } from "../support/page.ts";
import { executable, folderWith, start, type Program } from "../support/program.ts";
import { exchange } from "../support/raw-socket.ts";

const PAGE = page("docs/gate/traefik.md");
const AS_ANNA = `Authorization: Bearer ${TOKEN}`;

/**
 * What Traefik sends to a forwardAuth address for a client's POST /v1/chat?x=1, by the source of v3.7.9:
 * pkg/middlewares/forwardedheaders/forwarded_header.go (rewrite), then pkg/middlewares/auth/forward.go (oldWriteHeader,
 * without trustForwardHeader). It is a GET with the client's headers but the hop-by-hop ones; Go's client sorts them.
 */
const FORWARDED = {
  "X-Forwarded-For": "203.0.113.7",
  "X-Forwarded-Host": "app.example",
  "X-Forwarded-Method": "POST",
  "X-Forwarded-Port": "80",
  "X-Forwarded-Proto": "http",
  "X-Forwarded-Server": "traefik-1",
  "X-Forwarded-Uri": "/v1/chat?x=1",
  "X-Real-Ip": "203.0.113.7",
  "Accept-Encoding": "gzip",
};

describe("docs/gate/traefik.md", () => {
  let gate: Program;
  beforeAll(async () => {
    const [config = ""] = PAGE.blocks("json");
    const folder = folderWith({
      "config.json": replaced(config, { '"port": 8000': '"port": 0' }),
      "anna.token": TOKEN,
    });
    gate = await start("", [executable(), "--config", join(folder, "config.json")]);
  }, 30_000);
  afterAll(async () => void (await gate?.stop()));

  /** Sends what Traefik sends, with these headers of the client; gives the answer without its date. */
  async function asked(client: string[], forwarded: object = FORWARDED, content: string[] = []) {
    const lines = [
      "GET /auth/traefik HTTP/1.1",
      `Host: 127.0.0.1:${gate.port}`,
      "User-Agent: curl/8.0",
      ...client,
      ...Object.entries(forwarded).map(([name, value]) => `${name}: ${value}`),
      "Connection: close",
      ...(content.length > 0 ? ["Transfer-Encoding: chunked"] : []),
    ];
    const answer = await exchange(gate.port, `${lines.join("\r\n")}\r\n\r\n${content.join("\r\n")}`);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    const [status, ...headers] = head.split("\r\n").filter((line) => !line.startsWith("Date:"));
    const names = headers.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
    });
    return { status, headers: Object.fromEntries(names), body };
  }
  const allowed = {
    status: "HTTP/1.1 200 OK",
    headers: {
      "cache-control": "no-store",
      "content-length": "0",
      ...ANNA,
    },
    body: "",
  };
  const refusedWith = (status: string, text: string) => ({
    status,
    headers: { "cache-control": "no-store", "content-type": "application/json;charset=utf-8" },
    body: JSON.stringify({ text, status: "error" }),
  });

  test("asks the route of config.json, and copies every header that it answers with", () => {
    const { http } = Bun.YAML.parse(String(PAGE.blocks("yaml")[0])) as {
      http: { middlewares: { token: { forwardAuth: Record<string, unknown> } } };
    };
    expect(http.middlewares.token.forwardAuth).toEqual({
      address: "http://127.0.0.1:8000/auth/traefik",
      trustForwardHeader: false,
      authResponseHeaders: ["X-Auth-User", "X-Auth-Token-Id", "X-Auth-Scopes"],
    });
  });

  test("allows a token", async () => {
    expect(await asked([AS_ANNA, "Content-Type: application/json"])).toMatchObject(allowed);
  });

  test("refuses a request without a token, with a challenge that Traefik passes on", async () => {
    const refused = await asked([]);
    expect(refused).toMatchObject(refusedWith("HTTP/1.1 401 Unauthorized", "Missing authorization header"));
    expect(refused.headers["www-authenticate"]).toBe('Bearer realm="token-server"');
  });

  test("reads no content, which Traefik sends with forwardBody", async () => {
    expect(await asked([AS_ANNA], FORWARDED, ["5", "hello", "0", "", ""])).toMatchObject(allowed);
  });

  test("allows a WebSocket handshake, of which Traefik removes Connection and Upgrade", async () => {
    const handshake = ["Sec-Websocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-Websocket-Version: 13"];
    expect(await asked([AS_ANNA, ...handshake])).toMatchObject(allowed);
  });

  test("allows a client's own identity headers, which Traefik replaces, and refuses their aliases", async () => {
    expect(await asked([AS_ANNA, "X-Auth-User: root"])).toMatchObject(allowed);
    for (const alias of ["X_auth_user", "X.auth.user", "X_auth-Token-Id", "X~auth~user"]) {
      expect(await asked([AS_ANNA, `${alias}: root`])).toMatchObject(
        refusedWith("HTTP/1.1 400 Bad Request", "Ambiguous identity header"),
      );
    }
  });

  test("ignores what a client says of the target in other headers, and their aliases", async () => {
    const spoofed = [
      "X-Original-Url: //x",
      "X-Original-Uri: //x",
      "X_forwarded_uri: //x",
      "Forwarded: host=x",
    ];
    expect(await asked([AS_ANNA, ...spoofed])).toMatchObject(allowed);
  });

  test("refuses a target that is ambiguous or reported twice", async () => {
    const invalid = refusedWith("HTTP/1.1 400 Bad Request", "Invalid request target");
    expect(await asked([AS_ANNA], { ...FORWARDED, "X-Forwarded-Uri": "/a;b" })).toMatchObject(invalid);
    expect(await asked([AS_ANNA, "X-Forwarded-Uri: /a"])).toMatchObject(invalid);
  });
});
