import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mintToken } from "../../src/tokens/minted-token.ts";
import { certified } from "../support/certificates.ts";
import { contentOf } from "../support/answer-of.ts";
import { configWith, executable, folderWith, run, start } from "../support/program.ts";

/** The warnings in a log, without what comes before the position. */
const warned = (out: string) =>
  [...out.matchAll(/ \{server_logger\}: WARNING: (\S*config\.json:.*)\n/g)].map(([, text]) => text);

test("a start and a reload log the warnings of their config, and no token", async () => {
  const server = await start(configWith({ allowed_tokens: ["token1", "s3cret-s3cret"] }));
  const log = { level: [{ logger: "server_logger", level: "INFO" }] };
  const reload = (config: object, mode: number) => {
    writeFileSync(join(server.folder, "config.json"), JSON.stringify(config));
    chmodSync(join(server.folder, "config.json"), mode);
    process.kill(server.pid, "SIGHUP");
  };
  const http = { host: "127.0.0.1", port: 0 };
  reload({ server: { http: { ...http, allowed_tokens: [] } }, log }, 0o600);
  await server.wrote("is empty");
  reload({ server: { http: { ...http, allowed_tokens: [mintToken()] } }, log }, 0o646);
  await server.wrote("can be read and written");
  const { code, out, err } = await server.stop();
  expect([code, err]).toEqual([0, ""]);
  expect(warned(out)).toEqual([
    "config.json:1:66: server.http.allowed_tokens[0] is a public example; token-server init writes a random one",
    "config.json:1:75: server.http.allowed_tokens[1] can be guessed: it is short, has few different characters, or has digits in sequence; token-server init writes a random one",
    "config.json:1:65: server.http.allowed_tokens is empty, so every request that needs a token is refused",
    "config.json:1:1: the file can be read and written by other users; run chmod o-rw on it",
  ]);
  expect(out).not.toContain("s3cret");
});

test("a certificate that expires soon is served, with a warning and its date in the metrics", async () => {
  const [soon, later] = [certified("gate", { days: 3 }), certified("gate", { days: 300 })];
  const http = { port: 0, allowed_tokens: [mintToken()], tls: { cert: "cert.pem", key: "key.pem" } };
  const folder = folderWith({
    "cert.pem": soon.cert,
    "key.pem": soon.key,
    "config.json": { server: { http, admin: { port: 0 } } },
  });
  const server = await start("", [executable(), "--config", join(folder, "config.json")]);
  const admin = / and (http:\S+) with/.exec(server.out())?.[1];
  const days = async () => {
    const text = await contentOf(`${admin}/metrics`);
    const seconds = /^token_server_certificate_expiry_timestamp_seconds (\S+)$/m.exec(text)?.[1];
    return Math.round((Number(seconds) * 1000 - Date.now()) / (24 * 3_600_000));
  };
  expect(await days()).toBe(3);
  const shown = new Date(Date.now() + 3 * 24 * 3_600_000).toISOString().slice(0, 10);
  const text = `server.http.tls.cert expires on ${shown}; renew it`;
  await server.wrote(text);
  expect(run(["check"], folder)).toMatchObject({ code: 0, err: expect.stringContaining(`: ${text}\n`) });

  writeFileSync(join(folder, "cert.pem"), later.cert);
  writeFileSync(join(folder, "key.pem"), later.key);
  process.kill(server.pid, "SIGHUP");
  await server.wrote("Reloaded");
  expect(await days()).toBe(300);
  expect(warned((await server.stop()).out)).toHaveLength(1);
}, 20_000);
