import { describe, expect, test } from "bun:test";
import { requestBytes, sharedGate } from "../support/gate.ts";
import { sharedUpstream } from "../support/raw-upstream.ts";
import { statusOf } from "../support/raw-message.ts";

// The target that a client sends, and the one that the upstream receives: always the path that was judged, once
// normalised, and the query as it came. What could mean two things reaches no upstream.

const upstream = sharedUpstream();
const at = (host: string, path: string, base = "", settings: object = {}) => ({
  ...{ host, path, proxy: `${upstream.url}${base}` },
  ...settings,
});
const gate = sharedGate([
  at("plain.test", "/*"),
  at("folder.test", "/api/*"),
  at("exact.test", "/api"),
  at("strip.test", "/api/*", "", { strip_prefix: true }),
  at("strip-all.test", "/*", "", { strip_prefix: true }),
  at("base.test", "/*", "/base"),
  at("base-slash.test", "/*", "/base/"),
  at("strip-base.test", "/api/*", "/base", { strip_prefix: true }),
  at("encoded.test", "/api/*", "", { allow_encoded: true }),
  at("encoded-strip.test", "/api/*", "", { allow_encoded: true, strip_prefix: true }),
]);

const BAD = 400;
/** Refused by Bun 1.4.5 itself. */
const VERSION = 505;
const UNKNOWN = 404;

/** What the upstream receives as the target of this one, or the status of the refusal. */
async function passed(host: string, target: string): Promise<string | number> {
  const answer = await gate.ask(requestBytes(target, [], { host }));
  const status = statusOf(answer);
  const seen = upstream.requests.map(({ start }) => start.replace(/^GET (.*) HTTP\/1.1$/s, "$1"));
  if (status !== 200) {
    expect(seen).toEqual([]);
    return status;
  }
  expect(answer.content).toBe("ok");
  expect(seen).toHaveLength(1);
  return String(seen[0]);
}

describe("a target reaches the upstream as it was judged:", () => {
  test.each<[target: string, upstream: string | number]>([
    ["/", "/"],
    ["/a", "/a"],
    ["/a/", "/a/"],
    ["/a/b.c", "/a/b.c"],
    ["/a%20b", "/a%20b"],
    ["/%61", "/%61"],
    ["/%C3%A4", "/%C3%A4"],
    ["/%c3%a4", "/%c3%a4"],
    ["/-._~!$&'()*+,=:@", "/-._~!$&'()*+,=:@"],
    ["/[x]", "/[x]"],
    ["/...", "/..."],
    ["/.a", "/.a"],
    ["/a..", "/a.."],
    // Dot segments, however they are written, and backslashes.
    ["/./a", "/a"],
    ["/a/.", "/a/"],
    ["/a/..", "/"],
    ["/a/../b", "/b"],
    ["/a;b=c/../d", "/d"],
    ["/../../b", "/b"],
    ["/%2e/b", "/b"],
    ["/a/%2E%2e/b", "/b"],
    ["/a/.%2e/b", "/b"],
    ["/a\\b", "/a/b"],
    ["/a\\..\\b", "/b"],
    // Characters that a URL escapes.
    ['/a"b', "/a%22b"],
    ["/a<b>", "/a%3Cb%3E"],
    ["/a`b", "/a%60b"],
    ["/a{b}", "/a%7Bb%7D"],
    ["/a|b", "/a|b"],
    ["/a^b", "/a%5Eb"],
    // The query keeps its bytes, but for what a URL escapes; the fragment goes.
    ["/a?", "/a?"],
    ["/a??", "/a??"],
    ["/a?x=1&y", "/a?x=1&y"],
    ["/a?x?y", "/a?x?y"],
    ["/a?x=a/../b//;%2f%5c%00%zz", "/a?x=a/../b//;%2f%5c%00%zz"],
    ["/a?x\\y", "/a?x\\y"],
    ["/a?x=+%20", "/a?x=+%20"],
    [`/a?"<>'`, "/a?%22%3C%3E%27"],
    ["/a#f", "/a"],
    ["/a?x#f?y", "/a?x"],
    // The authority of the absolute form is ignored (RFC 9112 3.2.2).
    ["http://elsewhere.test:99/a?x", "/a?x"],
    // What could mean two things.
    ["//a", BAD],
    ["/a//b", BAD],
    ["///a//b", BAD],
    ["/\\a", BAD],
    ["/a%2fb", BAD],
    ["/a/..%2Fb", BAD],
    ["/a%5cb", BAD],
    ["/a%25b", BAD],
    ["/a%00b", BAD],
    ["/a%7fb", BAD],
    ["/a\x7fb", BAD],
    ["/a;b", BAD],
    ["/a;b=c/..;/d", BAD],
    ["/a%3bb", BAD],
    ["/%", BAD],
    ["/%zz", BAD],
    ["/%ff", BAD],
    ["/%c0%ae", BAD],
    ["*", BAD],
    ["a", BAD],
    ["ftp://elsewhere.test/a", BAD],
    ["/a\x01b", VERSION],
    ["/a b", VERSION],
  ])("%j -> %j", async (target, expected) => {
    expect(await passed("plain.test", target)).toBe(expected);
  });

  test("bytes above ASCII reach it as a URL escapes them", async () => {
    const given = await passed("plain.test", "/\xc3\xa4");
    expect(given).toMatch(/^\/[!-~]+$/);
  });
});

describe("the route and the address of the upstream decide the path:", () => {
  test.each<[host: string, target: string, upstream: string | number]>([
    ["folder.test", "/api", "/api"],
    ["folder.test", "/api/", "/api/"],
    ["folder.test", "/api/x/y?z", "/api/x/y?z"],
    ["folder.test", "/api?x", "/api?x"],
    ["folder.test", "/apix", UNKNOWN],
    ["folder.test", "/", UNKNOWN],
    ["folder.test", "/x/../api/y", "/api/y"],
    ["folder.test", "/api/../x", UNKNOWN],
    ["folder.test", "/API/x", UNKNOWN],
    // The route is found by what it means, and the path stays as it is.
    ["folder.test", "/%61pi/x", "/%61pi/x"],
    ["strip.test", "/%61pi/x", "/x"],
    ["exact.test", "/api", "/api"],
    ["exact.test", "/api/", UNKNOWN],
    ["strip.test", "/api", "/"],
    ["strip.test", "/api/", "/"],
    ["strip.test", "/api?x", "/?x"],
    ["strip.test", "/api/x", "/x"],
    ["strip.test", "/api/api/x/", "/api/x/"],
    ["strip.test", "/api//x", BAD],
    ["strip-all.test", "/x", "/x"],
    ["strip-all.test", "/", "/"],
    ["base.test", "/", "/base/"],
    ["base.test", "/x?y", "/base/x?y"],
    ["base.test", "/../x", "/base/x"],
    ["base-slash.test", "/x", "/base/x"],
    ["strip-base.test", "/api", "/base/"],
    ["strip-base.test", "/api/", "/base/"],
    ["strip-base.test", "/api/x?y", "/base/x?y"],
  ])("%s %s -> %j", async (host, target, expected) => {
    expect(await passed(host, target)).toBe(expected);
  });
});

describe("allow_encoded lets through what lies below the prefix of the route:", () => {
  test.each<[target: string, upstream: string | number]>([
    ["/api/a%2fb", "/api/a%2fb"],
    ["/api/a%2Fb%2Fc?d", "/api/a%2Fb%2Fc?d"],
    ["/api/a%25b", "/api/a%25b"],
    ["/api/a;b", "/api/a;b"],
    ["/api/a%3bb", "/api/a%3bb"],
    ["/api/@scope%2fpackage", "/api/@scope%2fpackage"],
    // Never: what leaves the prefix once it is decoded, and what no path has.
    ["/api/..%2fx", BAD],
    ["/api/a%2f..%2f..%2fx", BAD],
    ["/api/a%2f%2e%2e%2fb", BAD],
    ["/api/a%2f.%2fb", BAD],
    ["/api/%2e%2e%2fx", BAD],
    ["/api/a%2f..", BAD],
    ["/api/..;/x", BAD],
    ["/api/%2f", BAD],
    ["/api/a%2f%2fb", BAD],
    ["/api/a/%2fb", BAD],
    ["/api/a%2f/b", BAD],
    ["/api/a%5cb", BAD],
    ["/api/a%00b", BAD],
    ["/api/a//b", BAD],
    ["/api//a%2fb", BAD],
    ["/api/%zz", BAD],
    ["/api/%ff", BAD],
    // The prefix itself is never encoded.
    ["/api%2fa", BAD],
    ["/a%2f../api/x", BAD],
    ["/x/..%2fapi/a", BAD],
  ])("%s -> %j", async (target, expected) => {
    expect(await passed("encoded.test", target)).toBe(expected);
  });

  test("strip_prefix leaves the rest as it came", async () => {
    expect(await passed("encoded-strip.test", "/api/a%2fb%25;c")).toBe("/a%2fb%25;c");
  });
});
