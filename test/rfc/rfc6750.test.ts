import { describe, expect, test } from "bun:test";
import { refused, testApp, whole } from "../support/send.ts";

const bearer = (more = "") => ({ "www-authenticate": `Bearer realm="token-server"${more}` });
const error = (code: string, text: string) => bearer(`, error="${code}", error_description="${text}"`);

async function answered(header?: string) {
  const app = testApp({ auth: { schemes: ["Bearer"], tokenFrom: [{ kind: "authorization" }] } });
  return await whole(
    await app.send("/ping", header === undefined ? {} : { headers: { Authorization: header } }),
  );
}

describe("RFC 6750 3", () => {
  test("no credentials: 401 and a challenge without an error code", async () => {
    expect(await answered()).toEqual(refused(401, "Missing authorization header", bearer()));
  });
  test("another scheme: 401 and a challenge without an error code", async () => {
    expect(await answered("Basic dTpw")).toEqual(refused(401, "Invalid token scheme", bearer()));
  });
  test.each(["Bearer", "Bearer a b", "", "token1"])(
    "a malformed header %p: 400 invalid_request",
    async (header) => {
      const text = "Invalid authorization header";
      expect(await answered(header)).toEqual(refused(400, text, error("invalid_request", text)));
    },
  );
  test("an unknown token: 401 invalid_token", async () => {
    const text = "Token doesn't exist";
    expect(await answered("Bearer token3")).toEqual(refused(401, text, error("invalid_token", text)));
  });
  test.each(["Bearer token1", "bearer token1", "BEARER token1"])(
    "a good token by %p: 200",
    async (header) => {
      expect(await answered(header)).toMatchObject({
        status: 200,
        content: '{"text":"pong","status":"success"}',
      });
    },
  );
});
