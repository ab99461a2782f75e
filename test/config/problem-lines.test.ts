import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LIMITS } from "../../src/limits.ts";
import { routeSetting } from "../../src/routes/route-kinds.ts";
import { configFile, faultText, withHttp } from "../support/config-file.ts";

const broken = readdirSync(import.meta.dir).filter((name) => name.endsWith(".json"));
const notJson = broken.filter((name) => name.startsWith("not-json-") && name !== "not-json-empty.json");
const { file, write } = configFile();

test("loadConfig() is tested with every broken config beside this file", () => {
  const texts = readdirSync(import.meta.dir).filter((name) => name.endsWith(".txt"));
  expect(texts.toSorted()).toEqual(broken.map((name) => name.replace(/json$/, "txt")).toSorted());
  expect(broken.length).toBeGreaterThanOrEqual(20);
  expect(notJson.length).toBeGreaterThanOrEqual(10);
});

test.each(broken)("loadConfig() says what is wrong with %s", (name) => {
  const text = readFileSync(join(import.meta.dir, name.replace(/json$/, "txt")), "utf-8");
  const handlers = String(routeSetting.properties?.["handler"]?.type.expected);
  const expected = text.replaceAll("one of HANDLERS", handlers);
  expect(`${faultText(join(import.meta.dir, name))}\n`).toBe(expected);
});

test.each(broken)("loadConfig() shows no token of %s", (name) => {
  expect(faultText(join(import.meta.dir, name))).not.toContain("s3cret");
});

test.each(notJson)("loadConfig() is given a token to hide in %s", (name) => {
  expect(readFileSync(join(import.meta.dir, name), "utf-8")).toContain("s3cret");
});

test("loadConfig() reports what is wrong across settings among the others, in the order of the file", () => {
  const http = { host: "", allowed_tokens: ["token1"], exclude_routes: ["/x"] };
  write({ server: { http }, log: { format: "yaml" } });
  expect(faultText(file).split("\n")).toEqual([
    'config.json:1:27: server.http.host must be a host name or an IP address, was ""',
    'config.json:1:76: server.http.exclude_routes[0] must be the path of a route (/ping), was "/x"',
    'config.json:1:100: log.format must be one of "text", "json", was "yaml"',
  ]);
});

test("loadConfig() shows as many problems as the limit and counts the rest", () => {
  const bad = Array.from({ length: LIMITS.configProblems + 3 }, (_, index) => index);
  const lines = faultText(write(withHttp({ exclude_methods: bad }))).split("\n");
  expect(lines).toHaveLength(LIMITS.configProblems + 1);
  expect(lines.at(-2)).toContain(`server.http.exclude_methods[${LIMITS.configProblems - 1}] must be one of`);
  expect(lines.at(-1)).toBe("config.json: and 3 more");
});

test("loadConfig() counts nothing more where the problems just fit", () => {
  const bad = Array.from({ length: LIMITS.configProblems }, (_, index) => index);
  const lines = faultText(write(withHttp({ exclude_methods: bad }))).split("\n");
  expect(lines).toHaveLength(LIMITS.configProblems);
  expect(lines.at(-1)).toContain(`server.http.exclude_methods[${LIMITS.configProblems - 1}] must be one of`);
});

test("loadConfig() shows no token of a long path", () => {
  const long = "s3cret-".repeat(20);
  const http = { allowed_tokens: [long], exclude_routes: [`/${long}`] };
  expect(faultText(write({ server: { http } }))).toEndWith(
    "server.http.exclude_routes[0] must be the path of a route (/ping), was a string that contains a secret",
  );
});

test("loadConfig() shows no value from outside in what is wrong across settings", () => {
  const env = "TOKEN_SERVER_TEST_PATH";
  const http = {
    allowed_tokens: ["token1"],
    exclude_routes: [{ env }, "/x"],
    exclude_methods: ["GET"],
    routes: [{ path: { env }, handler: "whoami" }],
  };
  const text = faultText(write({ server: { http } }));
  expect(text.split("\n").map((line) => line.replace(/^\S+ /, ""))).toEqual([
    "server.http.exclude_routes[0] would open GET ***, which needs a user; remove it",
    'server.http.exclude_routes[1] must be the path of a route (***), was "/x"',
    "server.http.exclude_methods[0] would open GET ***, which needs a user; remove it",
  ]);
  const unknown = { allowed_tokens: ["token1"], exclude_routes: [{ env }] };
  expect(faultText(write({ server: { http: unknown } }))).toEndWith(
    `server.http.exclude_routes[0] must be the path of a route (/ping), was what the environment variable ${env} holds`,
  );
});

test("loadConfig() shows no URL with a password", () => {
  const url = "https://anna:s3cret@gate.example";
  const http = { host: url, port: url, allowed_tokens: ["token1"], [url]: 1 };
  expect(faultText(write({ server: { http } })).split("\n")).toEqual([
    "config.json:1:27: server.http.host must be a host name or an IP address, was a URL with a password",
    "config.json:1:69: server.http.port must be a port from 0 to 65535, was a URL with a password",
    expect.stringMatching(
      /^config\.json:1:132: unknown setting "\*\*\*" in server\.http; settings allowed here: /,
    ),
  ]);
});
