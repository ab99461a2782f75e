import { expect, test } from "bun:test";
import { readAuthorization } from "../../src/http/authorization.ts";

test.each([
  ["Token token1", "Token", "token1"],
  ["bEaReR token1", "bEaReR", "token1"],
  ["Token a.b-c_d~e+f/g==", "Token", "a.b-c_d~e+f/g=="],
  ["Token Token", "Token", "Token"],
])("readAuthorization() parts %j at its one space", (value, scheme, token) => {
  expect(readAuthorization(value)).toEqual({ scheme, token });
});

test.each([
  "",
  "Token",
  "token1",
  "Token  token1",
  "Token token1 token2",
  "Token token1, Token token2",
  "Token\ttoken1",
  "Token\u00a0token1",
  " Token token1",
  "Token token1 ",
])("readAuthorization() is null for %j", (value) => {
  expect(readAuthorization(value)).toBeNull();
});

test("readAuthorization() reads a value that Headers has trimmed", () => {
  const trimmed = new Headers({ Authorization: " \t Token token1 \t " }).get("authorization") ?? "";
  expect(readAuthorization(trimmed)).toEqual({ scheme: "Token", token: "token1" });
});

test("readAuthorization() is null for two headers joined into one", () => {
  const headers = new Headers([
    ["Authorization", "Token token1"],
    ["Authorization", "Token token1"],
  ]);
  expect(headers.get("authorization")).toBe("Token token1, Token token1");
  expect(readAuthorization(headers.get("authorization") ?? "")).toBeNull();
});
