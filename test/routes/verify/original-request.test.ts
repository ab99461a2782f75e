import { describe, expect, test } from "bun:test";
import { DIALECTS, originalReader, type Dialect } from "../../../src/routes/verify/original-request.ts";

const FORWARDED = {
  "X-Forwarded-Method": "POST",
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Host": "App.example:8443",
  "X-Forwarded-Uri": "/v1/chat?model=a&x",
};
const COMPLETE: Record<Dialect, Record<string, string>> = {
  nginx: {
    "X-Original-Method": "POST",
    "X-Original-Host": "App.example:8443",
    "X-Original-URI": "/v1/chat?model=a&x",
  },
  caddy: FORWARDED,
  traefik: FORWARDED,
};
const URI: Record<Dialect, string> = {
  nginx: "X-Original-URI",
  caddy: "X-Forwarded-Uri",
  traefik: "X-Forwarded-Uri",
};

describe.each(DIALECTS)("originalReader(%p)", (dialect) => {
  const reader = originalReader(dialect);
  const complete = COMPLETE[dialect];
  const read = (changed: Record<string, string> = {}) =>
    reader.read(new Headers({ ...complete, ...changed }));

  test("reads method, host and path, and the target by itself", () => {
    expect(read()).toEqual({ method: "POST", host: "app.example", path: "/v1/chat" });
    expect(reader.target(new Headers(complete))).toBe("/v1/chat?model=a&x");
  });

  test.each(Object.keys(complete))("needs %s, once and not empty", (name) => {
    const part = name.split("-")[2]?.toLowerCase();
    const without = new Headers(complete);
    without.delete(name);
    const missing = { header: name, part, fault: "missing" };
    expect(reader.read(without)).toEqual(missing as never);
    expect(read({ [name]: "" })).toEqual(missing as never);
    const twice = new Headers(complete);
    twice.append(name, String(complete[name]));
    expect(reader.read(twice)).toEqual({ ...missing, fault: "invalid" } as never);
  });

  test("ignores the headers of every other dialect", () => {
    const others = DIALECTS.filter((other) => COMPLETE[other] !== complete).map((other) => COMPLETE[other]);
    for (const other of others) {
      expect(reader.read(new Headers(other))).toMatchObject({ part: "method", fault: "missing" });
      expect(reader.target(new Headers(other))).toBe("");
      expect(read(Object.fromEntries(Object.keys(other).map((name) => [name, "evil"])))).toMatchObject({
        path: "/v1/chat",
      });
    }
  });

  test.each([
    ["/a/../b/./c", "/b/c"],
    ["/%C3%BC", "/%C3%BC"],
    ["/?a=//b;c%2f\\", "/"],
    ['/a?{"x":1}|^`', "/a"],
    ["/", "/"],
  ])("accepts the target %p", (uri, path) => {
    expect(read({ [URI[dialect]]: uri })).toMatchObject({ path });
  });

  test.each([
    ...["//a", "/a//b", "/a;b", "/a%2fb", "/a%5cb", "/%00", "/%zz", "/%ff", "/a%252f"],
    ...["/a\\b", "/a#b", "/a?b#c", "/\xfc", "/a b", "/a?b c", "/a\tb", "/a\x7f"],
    ...["a", "*", "?x", "http://app.example/a", "\\a", "#"],
  ])("refuses the target %p", (uri) => {
    expect(read({ [URI[dialect]]: uri })).toEqual({ header: URI[dialect], part: "uri", fault: "invalid" });
  });

  const hostHeader = dialect === "nginx" ? "X-Original-Host" : "X-Forwarded-Host";
  test.each(["a b", "a/b", "a@b", "a:99999", "[::1", "a,b", "user:pw@a"])("refuses the host %p", (host) => {
    expect(read({ [hostHeader]: host })).toMatchObject({ header: hostHeader, fault: "invalid" });
  });

  test("refuses a method that is no token, and accepts an unknown one", () => {
    const header = dialect === "nginx" ? "X-Original-Method" : "X-Forwarded-Method";
    expect(read({ [header]: "GET /x" })).toMatchObject({ header, fault: "invalid" });
    expect(read({ [header]: "PURGE" })).toMatchObject({ method: "PURGE" });
  });
});

test.each(["http", "https", "ws", "wss"])("originalReader() accepts the protocol %p", (proto) => {
  const headers = new Headers({ ...FORWARDED, "X-Forwarded-Proto": proto });
  expect(originalReader("traefik").read(headers)).toMatchObject({ path: "/v1/chat" });
});

test.each(["https, http", "HTTPS", "ftp"])("originalReader() refuses the protocol %p", (proto) => {
  const headers = new Headers({ ...FORWARDED, "X-Forwarded-Proto": proto });
  expect(originalReader("caddy").read(headers)).toMatchObject({ part: "proto", fault: "invalid" });
});
