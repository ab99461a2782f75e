import { describe, expect, test } from "bun:test";
import { refused, testApp, TOKEN1, whole } from "../support/send.ts";

describe("RFC 9110", () => {
  test("9.3.2: HEAD is answered as GET is", async () => {
    const app = testApp();
    expect((await app.send("/ping", { method: "HEAD", headers: TOKEN1 })).status).toBe(200);
    expect((await app.send("/ping", { method: "HEAD" })).headers.get("www-authenticate")).toBe(
      'Token realm="token-server"',
    );
  });
  test("11.1: the scheme is compared without case", async () => {
    expect((await testApp().send("/ping", { headers: { Authorization: "TOKEN token1" } })).status).toBe(200);
  });
  test("11.6.1: a 401 carries a challenge", async () => {
    expect((await testApp().send("/ping")).headers.get("www-authenticate")).toBe(
      'Token realm="token-server"',
    );
  });
  test("15.5.6: a 405 carries Allow with the methods of the path", async () => {
    expect(await whole(await testApp().send("/ping", { method: "DELETE", headers: TOKEN1 }))).toEqual(
      refused(405, "Method not allowed", { allow: "GET, HEAD" }),
    );
  });
  test("15.5.14: content over the limit is refused before the token is looked at", async () => {
    const app = testApp({ size: { maxSize: 3 } });
    const headers = { "Content-Length": "4" };
    expect(await whole(await app.send("/ping", { method: "POST", headers, body: "1234" }))).toEqual(
      refused(413, "Content too large"),
    );
  });
});
