import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { upstreamSetting } from "../../src/routes/proxy/upstream-setting.ts";
import { needing } from "../support/needing.ts";
import { executable, folderWith, run, start } from "../support/program.ts";
import { shared } from "../support/shared.ts";
import { refusingPort } from "../support/taken-ports.ts";

const received: string[] = [];
const upstream = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const { headers, method, url } = request;
    received.push(
      `${method} ${new URL(url).pathname} ${headers.get("x-auth-user")} ${headers.get("authorization")}`,
    );
    return new Response("from the upstream");
  },
});
const URL_OF_IT = `http://127.0.0.1:${upstream.port}`;
afterAll(async () => await upstream.stop(true));
const refusing = shared(refusingPort());

/** Runs `token-server init --proxy` in a folder of its own. */
async function init(url: string) {
  const folder = folderWith({});
  // The upstream runs in this process, so it can't wait.
  const command = [executable(), "init", "--proxy", url];
  const child = Bun.spawn(command, { cwd: folder, stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { folder, file: join(folder, "config.json"), code: await child.exited, out, err };
}

describe("token-server init --proxy", () => {
  test("writes a config that forwards to the upstream, and shows its one token", async () => {
    const { file, code, out, err } = await init(`${URL_OF_IT}/api`);
    expect(code).toBe(0);
    expect(out).toMatch(/^ts_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}\n$/);
    const token = out.trim();
    expect(err)
      .toBe(`Wrote config.json and tokens.db, which only this user can read. The new token, which can't be shown again:


Start the server, then send it a request from another terminal (/v1/models stands for any path of the upstream):

${executable()}
curl -H 'Authorization: Bearer ${token}' http://127.0.0.1:8000/v1/models
`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      server: {
        http: {
          host: "127.0.0.1",
          port: 8000,
          auth_scheme: ["Token", "Bearer"],
          token_store: "sqlite:tokens.db",
          routes: [{ path: "/*", proxy: `${URL_OF_IT}/api`, max_size: 33554432 }],
        },
      },
      log: { level: [{ logger: "server_logger", level: "INFO" }] },
    });
  });

  test.each([
    ["a port", `http://127.0.0.1:${refusing.port}`],
    ["a port with TLS", `https://localhost:${refusing.port}/v1`],
    ["a Unix socket", "unix:/nowhere/app.sock"],
  ])("warns that nothing accepts connections at %s, and writes the config", async (_, url) => {
    const { file, code, out, err } = await init(url);
    expect(code).toBe(0);
    expect(out).toMatch(/^ts_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}\n$/);
    expect(err).toStartWith(
      `warning: nothing accepts connections at ${url}; until something does, requests get 502 or 504\nWrote config.json`,
    );
    expect(existsSync(file)).toBe(true);
  });

  test.each([
    ["http://me:s3cr3t@127.0.0.1", "contains a user name or a password"],
    ["http://127.0.0.1/?key=s3cr3t", "contains a query"],
    ["http://127.0.0.1/#s3cr3t", "contains a fragment"],
    ["127.0.0.1:11434", 'doesn\'t start with "http://", "https://" or "unix:/"'],
    ["ftp://127.0.0.1", 'doesn\'t start with "http://", "https://" or "unix:/"'],
    ["http://127.0.0.1:70000", "has an invalid host or port"],
  ])("refuses %s and writes nothing", async (url, problem) => {
    const { file, code, out, err } = await init(url);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: "",
      err: `token-server: --proxy must be ${upstreamSetting.expected}; it ${problem}\n`,
    });
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    ["http://127.0.0.1:11434", "http://127.0.0.1:8000/v1/models"],
    ["http://127.0.0.1:11434/v1/", "http://127.0.0.1:8000/models"],
    ["http://127.0.0.1:8000", "http://127.0.0.1:8080/v1/models"],
  ])("suggests a request for %s that the server can answer: %s", async (url, request) => {
    const { file, err } = await init(url);
    expect(err.trimEnd()).toEndWith(` ${request}`);
    const { port } = JSON.parse(readFileSync(file, "utf8")).server.http;
    expect(String(port)).toBe(new URL(request).port);
  });

  needing({ curl: Bun.which("curl") })("ends with commands that work", async () => {
    const { folder, file, out, err } = await init(URL_OF_IT);
    // Another program may have the port.
    const config = readFileSync(file, "utf8").replace("8000", "0");
    writeFileSync(file, config);
    const check = run(["check"], folder);
    expect([check.code, check.out.split("\n")[0]]).toEqual([0, "config.json can be used."]);
    expect(check.err).toBe("");
    const server = await start(config.replace("tokens.db", join(folder, "tokens.db")));
    const curl = String(err.trimEnd().split("\n").at(-1)).replace(
      "127.0.0.1:8000",
      `127.0.0.1:${server.port}`,
    );
    const ask = async (command: string) =>
      await Bun.spawn(["sh", "-c", command], { stdout: "pipe", stderr: "ignore" }).stdout.text();
    expect(await ask(curl)).toBe("from the upstream");
    expect(await ask(curl.replace("Bearer", "Token"))).toBe("from the upstream");
    expect(await ask(curl.replace(out.trim(), "other"))).toContain('"status":"error"');
    expect(received).toEqual(["GET /v1/models me null", "GET /v1/models me null"]);
    expect((await server.stop()).out).not.toContain(out.trim());
  });
});
