import { expect, test } from "bun:test";
import { STATUS_CODES } from "node:http";
import { REFUSAL_STATUS, Refusal, refusal } from "../../src/http/refusal.ts";

/** All that a client sees of a refusal. */
async function shown(refused: Refusal): Promise<unknown> {
  const response = refused.toResponse();
  // Read first: a body that was read takes its content type along (Bun 1.4.5).
  const headers = Object.fromEntries(response.headers);
  return [response.status, await response.text(), headers];
}

test("RFC 9110 15.5 and 15.6: every refusal is a client error, 503 for a while, or the error of a gateway", () => {
  for (const [code, status] of Object.entries(REFUSAL_STATUS)) {
    expect([502, 503, 504].includes(status) || (status >= 400 && status < 500), code).toBeTrue();
    // 499 is what nginx logs where nobody receives the answer.
    if (status !== 499) expect(STATUS_CODES[status], code).toBeDefined();
  }
});

test("RFC 9110 15.5.2: only a refusal of credentials is a 401", () => {
  const unauthorized = Object.entries(REFUSAL_STATUS).filter(([, status]) => status === 401);
  for (const [code] of unauthorized) expect(code).toMatch(/^(credentials|token)_/);
});

test("refusal() has the status of its code, its text, no cause and no headers unless given", () => {
  const { code, status, text, headers, cause } = refusal("token_unknown", "No");
  expect({ code, status, text, headers, cause }).toEqual({
    code: "token_unknown",
    status: 403,
    text: "No",
    headers: {},
    cause: null,
  });
});

test("toResponse() shows status, text and headers", async () => {
  expect(await shown(refusal("credentials_missing", "Who?", { "WWW-Authenticate": "Token" }))).toEqual([
    401,
    '{"text":"Who?","status":"error"}',
    { "content-type": "application/json;charset=utf-8", "www-authenticate": "Token" },
  ]);
  expect(await shown(refusal("route_unknown", "Where?"))).toEqual([
    404,
    '{"text":"Where?","status":"error"}',
    { "content-type": "application/json;charset=utf-8" },
  ]);
});

test("toResponse() makes a response of its own each time", async () => {
  const no = refusal("route_unknown", "Not found");
  const [one, other] = [no.toResponse(), no.toResponse()];
  expect(one).not.toBe(other);
  expect(await one.text()).toBe('{"text":"Not found","status":"error"}');
  expect(await other.text()).toBe('{"text":"Not found","status":"error"}');
});

test("because() adds a cause that is never shown, and changes nothing else", async () => {
  const plain = refusal("token_unknown", "No", { Connection: "close" });
  const caused = plain.because(() => "token 1a2b3c4d");
  expect(caused.cause).toBe("token 1a2b3c4d");
  expect(plain.cause).toBeNull();
  expect(caused.code).toBe("token_unknown");
  expect(await shown(caused)).toEqual([
    403,
    '{"text":"No","status":"error"}',
    { connection: "close", "content-type": "application/json;charset=utf-8" },
  ]);
});

test("because() asks for the cause only when it is read, and withHeader() keeps it", () => {
  let asked = 0;
  const caused = refusal("token_unknown", "No").because(() => `asked ${(asked += 1)}`);
  const closing = caused.withHeader("Connection", "close");
  caused.toResponse();
  expect(asked).toBe(0);
  expect([caused.cause, closing.cause, asked]).toEqual(["asked 1", "asked 2", 2]);
});

test("because() passes the cause its subject, which withHeader() and withStatus() keep", () => {
  const asked: object[] = [];
  const causeOf = (subject: { name: string }) => `token ${(asked.push(subject), subject.name)}`;
  const plain = refusal("token_unknown", "No");
  const [one, other] = [{ name: "1a2b3c4d" }, { name: "5e6f7a8b" }];
  const first = plain.because(causeOf, one);
  const second = plain.because(causeOf, other).withHeader("Connection", "close").withStatus(401);
  expect(asked).toEqual([]);
  expect([first.cause, second.cause]).toEqual(["token 1a2b3c4d", "token 5e6f7a8b"]);
  expect([asked[0] === one, asked[1] === other, plain.cause]).toEqual([true, true, null]);
});

test("withHeader() adds a header, and changes nothing else", async () => {
  const plain = refusal("method_not_allowed", "No", { Connection: "close" }).because(() => "a cause");
  const allowing = plain.withHeader("Allow", "GET, HEAD");
  expect(allowing.code).toBe("method_not_allowed");
  expect(allowing.cause).toBe("a cause");
  expect(allowing).toBeInstanceOf(Refusal);
  expect(plain.headers).toEqual({ Connection: "close" });
  expect(await shown(allowing)).toEqual([
    405,
    '{"text":"No","status":"error"}',
    { allow: "GET, HEAD", connection: "close", "content-type": "application/json;charset=utf-8" },
  ]);
});

test("withHeader() replaces a header of the same name", () => {
  const no = refusal("route_unknown", "No", { Connection: "keep-alive" });
  expect(no.withHeader("Connection", "close").headers).toEqual({ Connection: "close" });
});

test("withStatus() changes the status, and nothing else", async () => {
  const plain = refusal("request_invalid", "No", { Connection: "close" }).because(() => "a cause");
  const forbidden = plain.withStatus(403);
  expect([forbidden.status, forbidden.code, forbidden.cause]).toEqual([403, "request_invalid", "a cause"]);
  expect(plain.status).toBe(400);
  const headers = { connection: "close", "content-type": "application/json;charset=utf-8" };
  expect(await shown(forbidden)).toEqual([403, '{"text":"No","status":"error"}', headers]);
  expect(forbidden.toBareResponse().status).toBe(403);
});
