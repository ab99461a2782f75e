import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sqliteAdmin } from "../../src/stores/sqlite-admin.ts";
import { mintedHandle, mintToken } from "../../src/tokens/minted-token.ts";
import { executable, folderWith } from "../support/program.ts";
import { created } from "../support/created-admin.ts";
import { sqliteFile } from "../support/sqlite-file.ts";

const PAGE = readFileSync(join(import.meta.dir, "../../docs/tokens.md"), "utf8");
const STATEMENTS = [...String(PAGE.split("\nIn SQLite these ")[1]).matchAll(/```sql\n([^]*?)```/g)].map(
  ([, sql]) => String(sql),
);
const DAY = 24 * 3_600_000;

/** The page's store as its readers have it, and a connection of another program to it. */
async function opened() {
  const url = sqliteFile();
  const admin = created(await sqliteAdmin({ url, create: true }));
  return { admin, database: new Database(url.path, { readwrite: true, create: false }) };
}

test("docs/tokens.md lists the columns of the table", async () => {
  const { admin, database } = await opened();
  const columns = database.query<{ name: string }, []>("PRAGMA table_info(tokens)").all();
  const rows = [...String(PAGE.split("\n## The tables\n")[1]).matchAll(/^\| `(\w+)`/gm)].map(([, name]) =>
    String(name),
  );
  expect(rows).toEqual(columns.map(({ name }) => name));
  const events = database.query<{ name: string }, []>("PRAGMA table_info(token_events)").all();
  for (const { name } of events.slice(1)) expect(PAGE.split("`token_events`")[1]).toContain(`\`${name}\``);
  database.close();
  await admin.close();
});

test("docs/tokens.md: its statements do what it says", async () => {
  const { admin, database } = await opened();
  const [insert = "", revoke = "", expiring = "", ...more] = STATEMENTS;
  expect(more).toEqual([]);
  database.query(insert).run();
  expect(await admin.list()).toMatchObject([
    {
      handle: "ci000001",
      digest: Bun.SHA256.hash("token1"),
      user: "anna",
      scopes: ["read", "write"],
      revoked: null,
    },
  ]);
  expect((await admin.list())[0]?.expires).toBeWithin(Date.now() + 89.9 * DAY, Date.now() + 90.1 * DAY);
  expect(database.query(expiring).values()).toEqual([]);
  const soon = Math.floor(Date.now() / 1000 + 86_400) * 1000;
  database.query("UPDATE tokens SET expires = ?").run(soon);
  expect(database.query(expiring).values()).toEqual([
    ["anna", "ci000001", "CI of the shop", new Date(soon).toISOString().replace("T", " ").slice(0, 19)],
  ]);
  database.query(revoke).run();
  expect((await admin.find("ci000001"))?.revoked).toBeWithin(Date.now() - 10_000, Date.now() + 1_000);
  expect(database.query(expiring).values()).toEqual([]);
  database.close();
  await admin.close();
});

const [COMMANDS = "", IMPORT = ""] = [...PAGE.matchAll(/```sh\n([^]*?)```/g)].map(([, script]) => script);

/** Runs a script of the page, or another one, in a folder. */
function inShell(script: string, folder: string) {
  const env = { ...process.env, PATH: `${dirname(executable())}:${process.env["PATH"]}` };
  return Bun.spawnSync(["sh", "-ec", script], { cwd: folder, env });
}

test("docs/tokens.md: its commands do what it says", () => {
  const folder = folderWith({ "config.json": { server: { http: { token_store: "sqlite:tokens.db" } } } });
  const { exitCode, stdout, stderr } = inShell(COMMANDS, folder);
  expect(exitCode).toBe(0);
  const [handle = ""] =
    /^[0-9A-Za-z]{8}(?=\tanna\tCI of the shop\tread\tactive\t)/m.exec(stdout.toString()) ?? [];
  expect(stdout.toString()).toMatch(/^Handle: /);
  expect(stdout.toString()).not.toContain("ts_");
  expect(stderr.toString()).toStartWith(`Created token ${handle} for anna; it expires `);
  expect(stderr.toString()).toEndWith(`\nRevoked: ${handle} of anna\n`);
});

test("docs/tokens.md lists the token commands", () => {
  const [, table = ""] = /\n\| `token-server token` +\|[^\n]*\n([^]*?)\n\n/.exec(PAGE) ?? [];
  const listed = table
    .split("\n")
    .flatMap((row) =>
      [...String(row.split("|")[1]).matchAll(/`([a-z]+)[ `]/g)].map(([, name]) => String(name)),
    );
  const { stdout } = Bun.spawnSync([executable(), "token", "--help"]);
  const commands = [...stdout.toString().matchAll(/^ {2}token ([a-z]+) /gm)].map(([, name]) => String(name));
  expect(new Set(listed)).toEqual(new Set(commands));
});

test("docs/tokens.md: tokens of config.json move into a store as it says", () => {
  const tokens = ["aB3dE6gH9jK2mN5pQ8", mintToken()];
  const http = { token_store: "sqlite:tokens.db", allowed_tokens: tokens };
  const folder = folderWith({ "config.json": { server: { http } }, "anna.txt": `${tokens.join("\n")}\n` });
  const warnings = () => inShell("token-server check", folder).stderr.toString();
  expect(warnings().match(/ is in plain text, /g)).toHaveLength(2);
  const { exitCode, stderr } = inShell(IMPORT, folder);
  expect([exitCode, stderr.toString()]).toEqual([0, "Imported 2 of 2 tokens for anna.\n"]);
  expect(existsSync(join(folder, "anna.txt"))).toBe(false);
  expect(warnings().match(/ is in sqlite:tokens\.db too, /g)).toHaveLength(2);
  const handles = inShell("token-server token list --json", folder).stdout.toString();
  expect(handles).toContain(`"handle":"${mintedHandle(String(tokens[1]))}","user":"anna"`);
});

test("docs/tokens.md: its regular expression finds minted tokens", () => {
  const [, expression = ""] = /```\n(ts_.*)\n```/.exec(PAGE) ?? [];
  const token = mintToken();
  expect(`curl -H 'Authorization: Token ${token}' http`.match(new RegExp(expression))?.[0]).toBe(token);
});
