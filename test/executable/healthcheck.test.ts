import { describe, expect, test } from "bun:test";
import { certified } from "../support/certificates.ts";
import { configWith, executable, folderWith, start, type Program } from "../support/program.ts";
import { refusingPort } from "../support/taken-ports.ts";

/** What `token-server healthcheck` says of a config; apart from this process, which may be the one that is asked. */
async function checked(config: object, files: Record<string, string> = {}) {
  const folder = folderWith({ ...files, "config.json": config });
  const child = Bun.spawn([executable(), "healthcheck"], { cwd: folder, stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, err };
}

const healthy = (text: string) => ({ code: 0, out: `healthy: ${text}\n`, err: "" });
const unhealthy = (text: string) => ({ code: 1, out: "", err: `unhealthy: ${text}\n` });

/** Another program that has the port: it answers everything alike, and notes each request. */
function other(answer: () => Response, tls?: { cert: string; key: string }) {
  const asked: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls && { tls }),
    fetch(request) {
      asked.push(
        `${request.method} ${new URL(request.url).pathname} ${JSON.stringify([...request.headers])}`,
      );
      return answer();
    },
  });
  return { port: Number(server.port), asked, [Symbol.dispose]: () => void server.stop(true) };
}

const unauthorized = (challenge: string) => () =>
  new Response(null, { status: 401, headers: { "WWW-Authenticate": challenge } });
const OPEN = { exclude_routes: ["/ping"] };
const NOT_OURS = "without a token: token-server answers 401 there";

describe("token-server healthcheck, which sends no token,", () => {
  test("treats the server's own 401 as healthy, whatever tokens and routes are not loaded yet", async () => {
    const server = await start();
    const ask = (http: object) => checked(configWith({ port: server.port, ...http }));
    const ping = healthy(`GET ${server.url}/ping answered 401`);
    expect(await ask({})).toEqual(ping);
    expect(await ask({ allowed_tokens: [] })).toEqual(ping);
    expect(await ask({ allowed_tokens: ["token3"] })).toEqual(ping);
    expect(await ask(OPEN)).toEqual(ping);
    expect(await ask({ routes: [{ path: "/new", handler: "ping" }] })).toEqual(
      healthy(`GET ${server.url}/new answered 401`),
    );
    const health = [{ path: "/up/*", handler: "health" }];
    expect(await ask({ routes: health, exclude_routes: ["/up/*"] })).toEqual(
      healthy(`GET ${server.url}/up/ answered 401`),
    );
    expect(await ask({ routes: [] })).toEqual(healthy(`GET ${server.url}/ answered 401`));
    expect(await ask({ auth_scheme: ["Bearer", "token"] })).toEqual(ping);
    expect(await ask({ auth_scheme: "bearer" })).toEqual(unhealthy(`GET ${server.url}/ping answered 401`));
    const { out } = await server.stop();
    expect(out).not.toContain(" user ");
    expect(out).not.toContain("Token doesn't exist");
  });

  test("treats the 200 of an open route as healthy, even if the file closes it and is not loaded yet", async () => {
    const server = await start(configWith(OPEN));
    const yes = healthy(`GET ${server.url}/ping answered 200`);
    expect(await checked(configWith({ port: server.port, ...OPEN }))).toEqual(yes);
    expect(await checked(configWith({ port: server.port, exclude_methods: ["GET"] }))).toEqual(yes);
    expect(await checked(configWith({ port: server.port }))).toEqual(yes);
    await server.stop();
  });

  test("recognises the challenge of a server that accepts several schemes, in one line", async () => {
    const http = { auth_scheme: ["Bearer", "Token"], token_from: ["authorization", "basic"] };
    const server = await start(configWith(http));
    const ping = healthy(`GET ${server.url}/ping answered 401`);
    expect(await checked(configWith({ ...http, port: server.port }))).toEqual(ping);
    expect(await checked(configWith({ token_from: ["basic"], port: server.port }))).toEqual(ping);
    expect(await checked(configWith({ auth_scheme: "Token", port: server.port }))).toEqual(ping);
    await server.stop();
  });

  test("recognises the challenge of a route that takes Basic credentials only", async () => {
    const http = { routes: [{ path: "/ping", handler: "ping", token_from: ["basic"] }] };
    const server = await start(configWith(http));
    const ping = healthy(`GET ${server.url}/ping answered 401`);
    expect(await checked(configWith({ ...http, port: server.port }))).toEqual(ping);
    await server.stop();
  });

  test("is unhealthy once the server has stopped", async () => {
    const server = await start();
    await server.stop();
    const { code, out, err } = await checked(configWith({ port: server.port }));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe(`unhealthy: ${server.url}: nothing listens there\n`);
  });

  test.each([
    ["200", () => new Response("hello"), {}, ` ${NOT_OURS}`],
    ["404", () => new Response(null, { status: 404 }), OPEN, ""],
    ["401", unauthorized('Basic realm="token-server"'), {}, ""],
    ["401", unauthorized('Token realm="other"'), OPEN, ""],
    ["401", unauthorized('Token realm="token-server2"'), {}, ""],
    ["503", () => new Response(null, { status: 503 }), OPEN, ""],
  ])("does not take %s of another program for a yes", async (status, answer, http, why) => {
    using program = other(answer);
    const { port } = program;
    expect(await checked(configWith({ port, ...http }))).toEqual(
      unhealthy(`GET http://127.0.0.1:${port}/ping answered ${status}${why}`),
    );
    expect(program.asked[0]).toStartWith("GET /ping ");
    expect(program.asked.join()).not.toMatch(/authorization|token1/i);
  });

  test.each([
    ["closed", {}, 1],
    ["open", OPEN, 0],
  ])("sends no token to a server with any certificate, where the route is %s", async (_, http, code) => {
    const { cert, key } = certified("another");
    using program = other(() => new Response("hello"), { cert, key });
    const tls = { cert: "cert.pem", key: "key.pem" };
    const own = certified("gate");
    const config = configWith({ port: program.port, tls, ...http });
    const told = await checked(config, { "cert.pem": own.cert, "key.pem": own.key });
    expect([told.code, told.out + told.err]).toEqual([code, expect.stringContaining("answered 200")]);
    expect(program.asked[0]).toStartWith("GET /ping ");
    expect(program.asked.join()).not.toMatch(/authorization|token1/i);
  });

  test("asks the server with its own certificate and Bearer for its own challenge", async () => {
    const { cert, key } = certified("gate");
    const files = { "cert.pem": cert, "key.pem": key };
    const folder = folderWith(files);
    const tls = { cert: `${folder}/cert.pem`, key: `${folder}/key.pem` };
    const server = await start(configWith({ tls, auth_scheme: "Bearer" }));
    expect(await checked(configWith({ tls, auth_scheme: "Bearer", port: server.port }))).toEqual(
      healthy(`GET ${server.url}/ping answered 401`),
    );
    await server.stop();
  });

  describe("where the admin listener was added, but the server not restarted,", () => {
    const withAdmin = (server: Program, admin: object, http: object = {}) => {
      const config = configWith({ port: server.port, ...http });
      return { ...config, server: { ...config.server, admin } };
    };

    test("asks the public one", async () => {
      const server = await start();
      const refusing = refusingPort();
      const { port } = refusing;
      const restart = "yet: restart to open server.admin";
      expect(await checked(withAdmin(server, { port }))).toEqual(
        healthy(
          `GET ${server.url}/ping answered 401; nothing listens on http://127.0.0.1:${port} ${restart}`,
        ),
      );
      const unix = "/no-such-folder/admin.sock";
      expect(await checked(withAdmin(server, { unix }))).toEqual(
        healthy(`GET ${server.url}/ping answered 401; nothing listens on unix:${unix} ${restart}`),
      );
      await server.stop();
      const stopped = await checked(withAdmin(server, { port }));
      expect([stopped.code, stopped.out]).toEqual([1, ""]);
      expect(stopped.err).toBe(`unhealthy: ${server.url}: nothing listens there\n`);
      refusing.stop();
    });

    test("treats another program's answer on the admin port as unhealthy", async () => {
      const server = await start();
      using program = other(() => new Response(null, { status: 404 }));
      expect(await checked(withAdmin(server, { port: program.port }))).toEqual(
        unhealthy(`GET http://127.0.0.1:${program.port}/healthz answered 404`),
      );
      await server.stop();
    });
  });
});
