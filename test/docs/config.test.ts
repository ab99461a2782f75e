import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SettingType, Setting } from "../../src/schema/schema.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { SETTINGS } from "../../src/config/settings.ts";
import { routeSetting } from "../../src/routes/route-kinds.ts";
import { mintToken } from "../../src/tokens/minted-token.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { folderWith } from "../support/program.ts";

/** Left to the page that describes them, so that a new one needs no line here. */
const HANDLERS = String(routeSetting.properties?.["handler"]?.type.expected);
const PAGE = readFileSync(join(import.meta.dir, "../../docs/config.md"), "utf8");

test("docs/config.md has the reference that the settings make", () => {
  const unpadded = PAGE.replace(/ +\|/g, " |").replace(/-{3,}/g, "---");
  expect(unpadded).toContain(`\n${reference(SETTINGS).join("\n")}\n`);
});

test("docs/config.md shows values from outside that are read as it says", () => {
  const folder = folderWith({ "config.json": example("Secrets from outside") });
  mkdirSync(join(folder, "secrets"));
  writeFileSync(join(folder, "secrets/gate"), "token3\n");
  const environment = { GATE_HOST: "::1", GATE_TOKEN: "token2" };
  const { listen, tokens } = loadConfig(join(folder, "config.json"), environment).config;
  expect(listen.host).toBe("::1");
  expect(tokens.tokens).toEqual(["token1", "token2", "token3"]);
});

test("docs/config.md shows carriers of a token that are read as it says", () => {
  const folder = folderWith({ "config.json": example("Carriers of a token") });
  const { schemes, tokenFrom } = loadConfig(join(folder, "config.json")).config.auth;
  expect(schemes).toEqual(["Token", "Bearer"]);
  expect(tokenFrom.map(({ kind }) => kind)).toEqual(["authorization", "basic", "header", "query"]);
});

test("docs/config.md shows scopes, networks and times that are read as it says", () => {
  const folder = folderWith({ "config.json": example("Scopes, networks and times") });
  expect(loadConfig(join(folder, "config.json")).config.tokens.tokens).toEqual([
    {
      token: "token1",
      user: "anna",
      scopes: ["read", "models:write"],
      from: ["10.0.0.0/8", "2001:db8::/32"],
      notBefore: Date.UTC(2026, 11, 1),
      expires: Date.UTC(2027, 10, 30, 23),
    },
    { token: "token2", user: "bert", disabled: true },
  ]);
});

test("docs/config.md shows the form of minted tokens", () => {
  const [, pattern = ""] = /finds it by `(.+)`/.exec(PAGE) ?? [];
  for (let count = 0; count < 100; count += 1) expect(mintToken()).toMatch(new RegExp(`^${pattern}$`));
});

test("docs/config.md shows users and their tokens that are read as it says", () => {
  const folder = folderWith({ "config.json": example("Users and their tokens"), bert: "token4\n" });
  expect(loadConfig(join(folder, "config.json")).config.tokens.tokens).toEqual([
    "token1",
    { token: "token2", name: "anna" },
    { token: "token3", user: "anna", name: "Anna's laptop" },
    { token: "token4", user: "bert" },
  ]);
});

test("docs/config.md shows digests of tokens that are read as it says", () => {
  const folder = folderWith({ "config.json": example("Digests of tokens") });
  expect(loadConfig(join(folder, "config.json")).config.tokens.tokens).toEqual([
    { sha256: digestToken("token1").toHex(), name: "anna" },
    { sha256: digestToken("token2").toHex() },
  ]);
});

test("docs/config.md shows tokens in a store that are read as it says", () => {
  const folder = folderWith({ "config.json": example("Tokens in a store") });
  const { tokens, tokenStore, staleFor } = loadConfig(join(folder, "config.json")).config;
  expect(tokens.tokens).toEqual([]);
  expect(tokenStore).toMatchObject({ kind: "sqlite", path: join(folder, "tokens.db") });
  expect(staleFor).toBe(3_600_000);
});

test("docs/config.md shows headers of a proxied request that are read as it says", () => {
  const folder = folderWith({ "config.json": example("Headers of a proxied request") });
  const { routes } = loadConfig(join(folder, "config.json"), { UPSTREAM_KEY: "Bearer up" }).config;
  expect(routes).toMatchObject([
    {
      user_headers: { user: "X-Forwarded-User", token_id: null, scopes: null },
      set_headers: { Authorization: "Bearer up" },
      host_header: "upstream",
    },
  ]);
});

test("docs/config.md shows a config that names its schema and is read", () => {
  const folder = folderWith({ "config.json": example("A schema for editors") });
  expect(loadConfig(join(folder, "config.json")).config.tokens.tokens).toEqual([]);
});

/** The first JSON of a section. */
function example(section: string): string {
  const [, text = ""] = PAGE.split(`\n## ${section}\n`);
  return String(/```json\n([^]*?)```/.exec(text)?.[1]);
}

/** The table of all settings, made of their one line each. */
function reference(type: SettingType<unknown>): string[] {
  const rows = (properties: SettingType<unknown>["properties"], path: string): string[] =>
    Object.entries(properties ?? {}).flatMap(([name, setting]) => {
      const at = `${path}${name}`;
      const { properties, element } = setting.type;
      if (properties && setting.default === undefined) return rows(properties, `${at}.`);
      const expected = setting.type.expected.replace(HANDLERS, "the name of a [handler](running.md#routes)");
      const own = `| \`${at}\` | ${expected} | ${leftOut(setting)} | ${setting.about} |`;
      return [own, ...rows(properties, `${at}.`), ...rows(element?.properties, `${at}[].`)];
    });
  return [
    "| setting | what it may be | default | what it does |",
    "| --- | --- | --- | --- |",
    ...rows(type.properties, ""),
  ];
}

function leftOut({ default: defaultValue, unless }: Setting<unknown>): string {
  if (unless) return `required, unless \`${unless.set}\` is set`;
  if (defaultValue === undefined) return "required";
  return defaultValue === null ? "nothing" : `\`${JSON.stringify(defaultValue)}\``;
}
