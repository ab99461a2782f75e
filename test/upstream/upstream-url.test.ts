import { describe, expect, test } from "bun:test";
import { upstreamSetting } from "../../src/routes/proxy/upstream-setting.ts";
import { upstreamUrl, type UpstreamUrl } from "../../src/upstream/upstream-url.ts";
import { read, taken } from "../support/read-setting.ts";

const LOCAL: UpstreamUrl = {
  protocol: "http",
  host: "127.0.0.1",
  port: 80,
  unix: null,
  path: "",
  authority: "127.0.0.1",
};
const SOCKET = { host: "localhost", authority: "localhost" };

const GOOD = [
  ["http://127.0.0.1", {}],
  ["http://127.0.0.1/", {}],
  ["http://127.0.0.1:80", {}],
  ["http://127.1", {}],
  ["http://127.0.0.1:11434", { port: 11434, authority: "127.0.0.1:11434" }],
  ["http://127.0.0.1:11434/", { port: 11434, authority: "127.0.0.1:11434" }],
  ["http://127.0.0.1/api", { path: "/api" }],
  ["http://127.0.0.1/api/", { path: "/api" }],
  ["http://127.0.0.1/a/b.c/%c3%a9", { path: "/a/b.c/%c3%a9" }],
  ["http://Models.Internal:8080", { host: "models.internal", port: 8080, authority: "models.internal:8080" }],
  ["http://a_b.local", { host: "a_b.local", authority: "a_b.local" }],
  ["http://[::1]", { host: "::1", authority: "[::1]" }],
  ["http://[0:0::1]:8080/v1", { host: "::1", port: 8080, authority: "[::1]:8080", path: "/v1" }],
  ["https://example.com", { protocol: "https", host: "example.com", port: 443, authority: "example.com" }],
  ["https://127.0.0.1:443", { protocol: "https", port: 443 }],
  ["https://127.0.0.1:80", { protocol: "https", authority: "127.0.0.1:80" }],
] as const;

const PROBLEMS = [
  [
    "doesn't start with",
    ["", "127.0.0.1:11434", "localhost:8080", "ws://a", "ftp://a", "HTTP://a", " http://a"],
  ],
  ["doesn't start with", ["http:/a", "http:a", "http:\\\\a", "unix:app.sock", "/run/app.sock", "//a"]],
  ["contains white space", ["http://a b", "http://a/b c", "http://a\n", "http://a/\u00e9", "unix:/a b.sock"]],
  ["contains a query", ["http://a?", "http://a/b?c=secret1", "unix:/a.sock?b"]],
  ["contains a fragment", ["http://a#", "http://a/b#secret1", "http://a/?b#c", "unix:/a.sock#b"]],
  [
    "contains a user name or a password",
    ["http://me:secret1@a", "http://secret1@a/b", "https://@a", "http://:@a"],
  ],
  [
    "has an invalid host or port",
    ["http://", "http:///b", "http://:80", "http://a:b", "http://a:0", "http://a:65536"],
  ],
  [
    "has an invalid host or port",
    ["http://a\\b", "http://[::1", "http://::1", "http://a%20b", "http://1.2.3.256", "http://*"],
  ],
  [
    "has an ambiguous path",
    ["http://a/../b", "http://a/b/./c", "http://a/b//c", "http://a//", "http://a/b%2fc"],
  ],
  [
    "has an ambiguous path",
    ["http://a/b;c", "http://a/b\\c", "http://a/%00", "http://a/%ff", 'http://a/"b"', "http://a/%2e"],
  ],
  ["has a colon", ["unix:/run/app.sock:/api", "unix:/run/a:b.sock"]],
  ["names a host before", ["unix://run/app.sock"]],
  ["names a folder", ["unix:/", "unix:/run/", "unix:///"]],
] as const;

describe("upstreamUrl()", () => {
  test.each(GOOD)("parses %s", (text, differs) => {
    expect(upstreamUrl(text)).toEqual({ ...LOCAL, ...(differs as Partial<UpstreamUrl>) });
  });

  test.each(["unix:/run/app.sock", "unix:///run/app.sock"])("parses %s", (text) => {
    expect(upstreamUrl(text)).toEqual({ ...LOCAL, ...SOCKET, unix: "/run/app.sock" });
  });

  test.each(PROBLEMS.flatMap(([problem, texts]) => texts.map((text) => [text, problem] as const)))(
    "refuses %j, which %s",
    (text, problem) => {
      const result = upstreamUrl(text);
      expect(result).toEqual({ problem: expect.stringContaining(problem) });
      expect(JSON.stringify(result)).not.toContain("secret1");
    },
  );
});

describe("upstreamSetting", () => {
  test("accepts what upstreamUrl() parses, as its JSON Schema does", () => {
    const [inFile] = (upstreamSetting.schema as { anyOf: readonly { pattern: string }[] }).anyOf;
    const pattern = new RegExp(inFile?.pattern ?? "$.", "u");
    for (const text of [...GOOD.map(([good]) => good), "unix:/run/app.sock"]) {
      expect(read(upstreamSetting, text)).toEqual(taken(text));
      expect(text).toMatch(pattern);
    }
  });

  test("shows no password in its problem", () => {
    expect(read(upstreamSetting, "http://me:secret1@a")).toEqual({
      given: undefined,
      problems: [
        `at must be ${upstreamSetting.expected}, was a string that contains a user name or a password`,
      ],
    });
  });
});
