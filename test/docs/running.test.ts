import { expect, test } from "bun:test";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { certified } from "../support/certificates.ts";
import { logLine } from "../../src/observations/log/log.ts";
import { message, fields } from "../../src/observations/log/message.ts";
import { refusal } from "../../src/http/refusal.ts";
import { UPSTREAM_CAUSES } from "../../src/http/upstream-facts.ts";
import { exchangeOf } from "../support/exchange.ts";
import { AS_TOKEN1, answerOf, contentOf, pingStatus } from "../support/answer-of.ts";
import { executable, folderWith, run, start } from "../support/program.ts";

const PAGE = readFileSync(join(import.meta.dir, "../../docs/running.md"), "utf8");
const [CONFIG = "", TLS_CONFIG = ""] = [...PAGE.matchAll(/```json\n([^]*?)```/g)].map(([, text]) => text);
const COMMANDS = [...PAGE.matchAll(/```sh\n(.*)\n```/g)].map(([, text]) => String(text));

/** Starts a server with one of the page's configs on free ports; gives what its admin listener says at a path. */
async function served(config: string, files: Record<string, string>) {
  const free = config.replace(/"port": \d+/g, '"port": 0');
  const folder = folderWith({ ...files, "config.json": free });
  const server = await start("", [executable(), "--config", join(folder, "config.json")]);
  return { folder, server };
}

test("docs/running.md: its config serves, and its commands give what it shows", async () => {
  const { folder, server } = await served(CONFIG, { token: "token1\n" });
  const admin = String(/ and http:\/\/127\.0\.0\.1:(\d+) with/.exec(server.out())?.[1]);
  const [check, hash = "", health, metrics] = COMMANDS;
  expect(check).toBe("./token-server check");
  const example =
    /^warning: config\.json:\d+:\d+: server\.http\.allowed_tokens\[0\] is a public example; .*\n$/;
  expect(run(["check"], folder)).toMatchObject({ code: 0, err: expect.stringMatching(example) });
  symlinkSync(executable(), join(folder, "token-server"));
  const hashed = Bun.spawnSync(["sh", "-c", hash], { cwd: folder }).stdout.toString();
  expect(hashed).toMatch(/^\{.*\}\n$/);
  expect(PAGE).toContain(hashed.trim().replace(/(?<="sha256": ")\w{64}/, "..."));
  const asked = async (command = "") => {
    const [curl, silent, url = "", ...rest] = command.replace("8001", admin).split(" ");
    expect([curl, silent, rest]).toEqual(["curl", "-s", []]);
    return (await answerOf(url)).content;
  };
  const shown = /```\n(\{.*)\n```/.exec(PAGE)?.[1];
  expect(await asked(health)).toBe(String(shown));
  expect((await answerOf(`${server.url}/healthz`)).content).toBe(String(shown));
  expect(await contentOf(`${server.url}/whoami`)).toMatch(/^\{"user":"[0-9a-f]{8}-[0-9a-f-]{27}",/);

  const text = await asked(metrics);
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => String(name));
  const told = [...PAGE.matchAll(/`((?:token_server|process)_\w+)`/g)].map(([, name]) => String(name));
  expect(names.length).toBeGreaterThan(15);
  expect(told.toSorted()).toEqual(names.toSorted());

  const reloaded = server.wrote("Reloaded, with 1 token");
  writeFileSync(join(folder, "token"), "token2\n");
  await reloaded;
  expect((await answerOf(`${server.url}/ping`, AS_TOKEN1)).status).toBe(403);
  await server.stop();
}, 20_000);

test("docs/running.md: its config for TLS and Unix sockets serves clients with a certificate", async () => {
  const authority = certified("clients");
  const friend = certified("friend", { issuer: authority });
  const own = certified("gate");
  const { server } = await served(TLS_CONFIG.replace('"admin.sock"', `"${folderWith({})}/admin.sock"`), {
    token: "token1",
    "cert.pem": own.cert,
    "key.pem": own.key,
    "clients.pem": authority.cert,
  });
  const ask = (certificate: object) =>
    contentOf(`${server.url}/ping`, { tls: { ca: own.cert, ...certificate } });
  expect(await ask(friend)).toBe('{"text":"pong","status":"success"}');
  await expect(ask({})).rejects.toThrow("");
  const socket = String(/ and unix:(\S+) with/.exec(server.out())?.[1]);
  expect((await answerOf("http://localhost/healthz", { unix: socket })).content).toBe(
    '{"text":"healthy","status":"success"}',
  );
  await server.stop();
}, 20_000);

test("docs/running.md names every field of the JSON log", () => {
  const upstream = { status: 200, cause: null, headAfter: 1 };
  const exchange = exchangeOf({
    user: "u",
    sent: 1,
    client: "c",
    requestId: "r",
    aborted: true,
    withdrawn: "revoked",
    upstream,
  });
  const ended = { exchange, milliseconds: 1 };
  const refused = refusal("token_unknown", "No").because(() => "x");
  const names = new Set([
    ...["time", "pid", "logger", "level"],
    ...Object.keys(fields({ kind: "refused", status: 403, refusal: refused, ...ended })),
    ...Object.keys(fields({ kind: "failed", status: 500, fault: "x", ...ended })),
    ...Object.keys(
      fields({ kind: "refusals_counted", refusal: refused, count: 1, clients: [{ value: "c", count: 1 }] }),
    ),
    ...Object.keys(fields({ kind: "reload_failed" })),
  ]);
  expect(message({ kind: "reload_failed" })).toStartWith("Reload failed");
  const [, section = ""] = PAGE.split("## Read its log");
  const rows = [...section.matchAll(/^\| (`.*?`) +\|/gm)].flatMap(
    ([, cell = ""]) => cell.match(/\w+/g) ?? [],
  );
  expect(rows.toSorted()).toEqual([...names].toSorted());
});

test("docs/running.md names every cause of an upstream's failure", () => {
  const [, table = ""] = PAGE.split(/^\| cause .*$/m);
  const [rows = ""] = table.split("\n\n");
  const causes = [...rows.matchAll(/^\| `(\w+)`/gm)].map(([, cause = ""]) => cause);
  expect(causes.toSorted()).toEqual([...UPSTREAM_CAUSES].toSorted());
});

test("docs/running.md shows lines as the log writes them", () => {
  const line = logLine(
    { levels: [], format: "text" },
    {
      now: () => new Date(2026, 10, 23, 13, 2, 3, 456).getTime(),
    },
  );
  const exchange = exchangeOf({ user: "df3e6b0b-b66c-8aad-aa4f-84cbc371fd66" });
  const no = refusal("token_unknown", "Token doesn't exist").because(() => "token 3e23e816");
  const lines = [
    line({ kind: "answered", exchange, status: 200, milliseconds: 0.053 }),
    line({ kind: "refused", exchange: exchangeOf(), status: 403, milliseconds: 0.053, refusal: no }),
    line({ kind: "reloaded", tokens: 2 }),
  ];
  const missing = refusal("credentials_missing", "Missing authorization header");
  const counted = line({ kind: "refusals_counted", refusal: missing, count: 51234, clients: [] });
  expect(PAGE).toContain(`\n${String(counted).replace(`p${process.pid} `, "p1234 ")}`);
  expect(PAGE).toContain(`\`\`\`\n${lines.join("").replaceAll(`p${process.pid} `, "p1234 ")}\`\`\``);
});

test("docs/running.md: its commands revoke a token; removing its file does not, and is logged", async () => {
  const revoke = /## Revoke a token\n[^]*?```sh\n([^]*?)```/.exec(PAGE)?.[1];
  const { folder, server } = await served(CONFIG, { token: "token1\n" });
  const file = join(folder, "token");
  const status = (token: string) => pingStatus(server.url, token);

  rmSync(file);
  await server.wrote(
    `${file} is missing; still using what was read from it (removing a file revokes no token`,
  );
  expect(await status("token1")).toBe(200);

  const { exitCode } = Bun.spawnSync(["sh", "-ec", String(revoke)], { cwd: folder });
  expect(exitCode).toBe(0);
  await server.wrote("Reloaded, with 1 token");
  const next = readFileSync(file, "utf8").trimEnd();
  expect([await status("token1"), await status(next)]).toEqual([403, 200]);
  const { out } = await server.stop();
  expect(out.split("is missing")).toHaveLength(2);
  expect(out).not.toContain(next);
}, 20_000);
