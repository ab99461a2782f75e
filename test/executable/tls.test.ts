import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { certified } from "../support/certificates.ts";
import { contentOf } from "../support/answer-of.ts";
import { configWith, executable, folderWith, run, start } from "../support/program.ts";

const PONG = '{"text":"pong","status":"success"}';

/** The common name of the certificate that a new connection meets. */
async function nameAt(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
    resolve(String(socket.getPeerCertificate().subject.CN));
    socket.destroy();
  });
  socket.on("error", reject);
  return await promise;
}

test("a certificate is served, renewed by SIGHUP, and kept where the new one can't be used", async () => {
  const [one, other] = [certified("one"), certified("other")];
  const config = configWith({ tls: { cert: "cert.pem", key: "key.pem" } });
  // A folder that is written to while the server runs: start() makes it with the config alone.
  const outer = folderWith({ "cert.pem": one.cert, "key.pem": one.key, "config.json": config });
  const server = await start("", [executable(), "--config", join(outer, "config.json")]);
  const write = (name: string, text: string) => writeFileSync(join(outer, name), text);
  const reload = async (told: string) => {
    process.kill(server.pid, "SIGHUP");
    await server.wrote(told);
  };
  const ask = async () =>
    await contentOf(`${server.url}/ping`, { tls: { ca: readFileSync(join(outer, "cert.pem"), "utf8") } });

  expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
  expect([await nameAt(server.port), await ask()]).toEqual(["one", PONG]);

  write("key.pem", other.key);
  await reload("ERROR: Reload failed; still using the previous config\n");
  expect(server.out()).toMatch(/ERROR: \S+config.json:1:\d+: server.http.tls.key .*/);
  expect(server.out()).not.toContain("PRIVATE");
  expect([await nameAt(server.port), await ask()]).toEqual(["one", PONG]);

  write("cert.pem", other.cert);
  await reload("INFO: Reloaded, with 2 tokens\n");
  expect([await nameAt(server.port), await ask()]).toEqual(["other", PONG]);

  write(
    "probe.json",
    JSON.stringify(configWith({ tls: { cert: "cert.pem", key: "key.pem" }, port: server.port })),
  );
  expect(run(["healthcheck", "--config", "probe.json"], outer)).toEqual({
    code: 0,
    out: `healthy: GET ${server.url}/ping answered 401\n`,
    err: "",
  });
  expect((await server.stop()).code).toBe(0);
}, 20_000);
