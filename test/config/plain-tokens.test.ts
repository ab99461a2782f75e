import { expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load-config.ts";
import { LIMITS } from "../../src/limits.ts";
import { digestToken } from "../../src/tokens/token.ts";
import { configFile, ENVIRONMENT } from "../support/config-file.ts";

const { file, write } = configFile();
const linesOf = (allowed_tokens: readonly unknown[]) => {
  write({ server: { http: { allowed_tokens } } });
  return loadConfig(file, ENVIRONMENT).plainTokens();
};
const token = (number: number) => `plain-${number}-Kx81vQzLr2Wm`;

test("plainTokens() points at each token in plain text, and shows none", () => {
  const sha256 = digestToken(token(3)).toHex();
  const lines = linesOf([
    token(1),
    { token: token(2), name: "anna" },
    { sha256 },
    { env: "TOKEN_SERVER_TEST_TOKEN" },
  ]);
  expect(lines.map((line) => line.slice(file.length))).toEqual([
    ":1:38: server.http.allowed_tokens[0] is in plain text, so a copy of this file lets its reader in; replace it with what token-server hash prints for it",
    `:1:${38 + token(1).length + 3 + '{"token":'.length}: server.http.allowed_tokens[1].token is in plain text, so a copy of this file lets its reader in; replace it with the sha256 that token-server hash prints for it`,
  ]);
  expect(lines.join()).not.toContain("Kx81");
});

test("plainTokens() leaves weak tokens to their own warning", () => {
  expect(linesOf(["token1"])).toEqual([]);
});

test("plainTokens() counts what it does not name", () => {
  const lines = linesOf(Array.from({ length: LIMITS.configProblems + 2 }, (_, number) => token(number)));
  expect(lines).toHaveLength(LIMITS.configProblems + 1);
  expect(lines.at(-1)).toContain("2 more");
});
