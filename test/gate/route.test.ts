import { beforeEach, describe, expect, test } from "bun:test";
import { requestBytes, sharedGate } from "../support/gate.ts";
import { answerBytes, sharedUpstream } from "../support/raw-upstream.ts";
import { statusOf } from "../support/raw-message.ts";

// Which route a request belongs to: by host, path and method. Each upstream here answers with its own name.

const named = Object.fromEntries(
  ["a", "b", "any", "deep", "read", "write"].map((name) => [name, sharedUpstream()]),
);
const upstreams = Object.entries(named);
const to = (name: string, settings: object) => ({ proxy: named[name]?.url, ...settings });
const gate = sharedGate(
  [
    { path: "/ping", handler: "ping" },
    to("a", { host: "a.test", path: "/*" }),
    to("b", { host: ["b.test", "c.test"], path: "/only/*" }),
    to("any", { path: "/*" }),
    to("deep", { path: "/only/deep/*" }),
    to("read", { path: "/read/*", methods: ["GET"] }),
    to("write", { path: "/write/*", methods: ["POST", "PUT"] }),
  ],
  { exclude_routes: ["/read/*"] },
);
beforeEach(() => {
  for (const [name, upstream] of upstreams) {
    upstream.plays(answerBytes(200, [`Content-Length: ${name.length}`], name));
  }
});

/** The upstreams that received a request. */
const reached = () => upstreams.filter(([, { requests }]) => requests.length > 0).map(([name]) => name);

describe("a route is found by host, then by path:", () => {
  test.each<[host: string, target: string, upstream: string]>([
    ["a.test", "/", "a"],
    ["A.Test", "/", "a"],
    ["a.test:8443", "/", "a"],
    // A route with a host wins over a longer path without one.
    ["a.test", "/only/deep/x", "a"],
    ["b.test", "/only/x", "b"],
    ["c.test", "/only/deep/x", "b"],
    // Its host knows no such path: the routes without a host are next.
    ["b.test", "/x", "any"],
    ["other.test", "/only/x", "any"],
    ["other.test", "/only/deep/x", "deep"],
    // The name must be equal, and only the Host header decides.
    ["x.a.test", "/", "any"],
    ["a.test.other.test", "/", "any"],
    ["other.test", "http://a.test/", "any"],
    ["127.0.0.1", "/", "any"],
  ])("%s %s -> %s", async (host, target, name) => {
    const answer = await gate.ask(requestBytes(target, [], { host }));
    expect([statusOf(answer), answer.content, reached()]).toEqual([200, name, [name]]);
  });

  test("a handler of our own stands beside a proxy route, and in front of it", async () => {
    const answer = await gate.ask(requestBytes("/ping"));
    expect([answer.content, reached()]).toEqual(['{"text":"pong","status":"success"}', []]);
  });

  test.each(["a.test b.test", "a.test/", "a.test\\", "user@a.test", "a.test?"])(
    "the host %j reaches no upstream",
    async (host) => {
      const answer = await gate.ask(requestBytes("/", [], { host }));
      expect([statusOf(answer) >= 400 && statusOf(answer) < 500, reached()]).toEqual([true, []]);
    },
  );

  test("a second Host line reaches no upstream", async () => {
    const answer = await gate.ask(requestBytes("/", ["Host: a.test"], { host: "b.test" }));
    expect([statusOf(answer), reached()]).toEqual([400, []]);
  });
});

describe("a route accepts its methods:", () => {
  const content = { content: "x" };
  test.each<[method: string, target: string, status: number]>([
    ...["GET", "HEAD", "OPTIONS", "DELETE", "POST", "PUT", "PATCH", "PROPFIND", "QUERY"].map(
      (method): [string, string, number] => [method, "/", 200],
    ),
    ["GET", "/read/x", 200],
    ["HEAD", "/read/x", 200],
    ["POST", "/read/x", 405],
    ["OPTIONS", "/read/x", 405],
    ["POST", "/write/x", 200],
    ["PUT", "/write/x", 200],
    ["GET", "/write/x", 405],
    ["HEAD", "/write/x", 405],
    ["CONNECT", "/", 405],
    ["TRACE", "/", 405],
  ])("%s %s: %i", async (method, target, status) => {
    const hasContent = ["POST", "PUT", "PATCH"].includes(method);
    const lines = hasContent ? ["Content-Length: 1"] : [];
    const answer = await gate.ask(requestBytes(target, lines, { method, ...(hasContent && content) }));
    expect(statusOf(answer)).toBe(status);
    const starts = upstreams.flatMap(([, { requests }]) => requests.map(({ start }) => start));
    expect(starts).toEqual(status === 200 ? [`${method} ${target} HTTP/1.1`] : []);
    if (status === 405) expect(answer.values("allow")).not.toEqual([]);
  });

  test("CONNECT to an authority is refused", async () => {
    const answer = await gate.ask(requestBytes("elsewhere.test:443", [], { method: "CONNECT" }));
    expect([statusOf(answer) >= 400 && statusOf(answer) < 500, reached()]).toEqual([true, []]);
  });
});

describe("a proxy route asks for the token before anything else", () => {
  test.each<[string, string, number]>([
    ["without a token", "", 401],
    ["with another token", "Authorization: Token nobodys", 403],
    ["with another scheme", "Authorization: Basic YTpi", 403],
  ])("%s", async (_, line, status) => {
    const lines = line === "" ? [] : [line];
    const answer = await gate.ask(requestBytes("/x", lines, { auth: false }));
    expect([statusOf(answer), JSON.parse(answer.content).status, reached()]).toEqual([status, "error", []]);
  });

  test("an excluded route is open, and only that one", async () => {
    const open = await gate.ask(requestBytes("/read/x", [], { auth: false }));
    const closed = await gate.ask(requestBytes("/read/../x", [], { auth: false }));
    expect([statusOf(open), statusOf(closed), reached()]).toEqual([200, 401, ["read"]]);
  });
});
