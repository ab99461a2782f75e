import { expect, test } from "bun:test";
import { postgresError } from "../../src/stores/postgres-error.ts";
import { StoreError } from "../../src/tokens/store-error.ts";

const SHOWN = "postgres://db.example/tokens";
const serverError = (errno: string, message: string) =>
  new Bun.SQL.PostgresError(message, {
    code: "ERR_POSTGRES_SERVER_ERROR",
    errno,
    detail: "Key (digest)=(x)",
  });

test.each([
  [
    serverError("28P01", "password authentication failed"),
    "the server refuses the user or the password of the URL",
  ],
  [serverError("53300", "sorry"), "the server has no free connections; raise its max_connections"],
  [serverError("25006", "read-only"), "the server is read-only; name the primary server"],
  [serverError("23505", "duplicate key"), "a token with this handle or digest is already there"],
  [serverError("P0001", "a revoked token stays revoked"), `${SHOWN}: a revoked token stays revoked`],
  [serverError("XX000", "broken"), "can't be used (XX000: broken)"],
  [serverError("XX000", "a\r\n[2026] forged"), "can't be used (XX000: a [2026] forged)"],
  [serverError("XX000", "x".repeat(1_000)), `can't be used (XX000: ${"x".repeat(512)})`],
  [
    Object.assign(new Error("self signed"), { errno: 0, code: "DEPTH_ZERO_SELF_SIGNED_CERT" }),
    "can't be verified",
  ],
])("postgresError() says what to do: %#", (error, text) => {
  const known = postgresError(error, SHOWN);
  expect(known).toBeInstanceOf(StoreError);
  expect((known as StoreError).message).toStartWith(`${SHOWN}: `);
  expect((known as StoreError).message).toContain(text);
  expect((known as StoreError).message).not.toContain("digest)=");
});

test("postgresError() leaves other errors, and its own, as they are", () => {
  for (const error of [new Error("no"), new StoreError("no"), "no"])
    expect(postgresError(error, SHOWN)).toBe(error);
});
