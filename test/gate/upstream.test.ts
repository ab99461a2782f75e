import { describe, expect, test } from "bun:test";
import { certified } from "../support/certificates.ts";
import { requestBytes, sharedGate } from "../support/gate.ts";
import { answer, statusOf } from "../support/raw-message.ts";
import { answerBytes, sharedUpstream } from "../support/raw-upstream.ts";

// Where a route forwards to: plain and TLS ports, Unix sockets, and how many requests at once.

const authority = certified("localhost");
const plain = sharedUpstream();
const secure = sharedUpstream({ tls: authority });
const unix = sharedUpstream({ unix: true });
/** What the environment of the gate names as a proxy for everything, which must have no effect. */
const decoy = sharedUpstream();
const gate = sharedGate(
  [
    { path: "/plain/*", proxy: plain.url },
    { path: "/localhost/*", proxy: `http://localhost:${plain.port}` },
    { path: "/ca/*", proxy: secure.url, tls: { ca: { env: "UPSTREAM_CA" } } },
    { path: "/insecure/*", proxy: secure.url, tls: { insecure: true } },
    { path: "/other-ca/*", proxy: secure.url, tls: { ca: { env: "OTHER_CA" } } },
    { path: "/system-ca/*", proxy: secure.url },
    { path: "/unix/*", proxy: unix.url, host_header: "upstream" },
  ],
  { max_upstream_requests: 3 },
  {
    ...{ UPSTREAM_CA: authority.cert, OTHER_CA: certified("other.test").cert },
    ...{ HTTP_PROXY: decoy.url, http_proxy: decoy.url, HTTPS_PROXY: decoy.url, https_proxy: decoy.url },
    ...{ ALL_PROXY: decoy.url, all_proxy: decoy.url, NO_PROXY: "", no_proxy: "" },
  },
);

describe("a request goes to the upstream of its route", () => {
  test.each<[target: string, upstream: typeof plain, status: number]>([
    ["/plain/x", plain, 200],
    ["/localhost/x", plain, 200],
    ["/ca/x", secure, 200],
    ["/insecure/x", secure, 200],
    ["/other-ca/x", secure, 502],
    ["/system-ca/x", secure, 502],
    ["/unix/x", unix, 200],
  ])("%s", async (target, upstream, status) => {
    const given = await gate.ask(
      requestBytes(target, ["Content-Length: 2"], { method: "POST", content: "hi" }),
    );
    expect(statusOf(given)).toBe(status);
    const contents = await Promise.all(
      upstream.requests.map(async ({ start, content }) => [start, await content()]),
    );
    expect(contents).toEqual(status === 200 ? [[`POST ${target} HTTP/1.1`, "hi"]] : []);
    expect([decoy.connections, decoy.requests]).toEqual([[], []]);
  });

  test("over a Unix socket with the host localhost", async () => {
    await gate.ask(requestBytes("/unix/x"));
    expect(unix.requests[0]!.values("host")).toEqual(["localhost"]);
  });

  test("over a connection that is used again", async () => {
    for (const target of ["/plain/1", "/plain/2", "/plain/3"]) await gate.ask(requestBytes(target));
    expect([plain.requests.length, plain.connections.length <= 1]).toEqual([3, true]);
  });
});

describe("max_upstream_requests", () => {
  test("answers requests beyond it with 503 at once, and later ones as usual", async () => {
    plain.plays(() => {});
    const clients = await Promise.all([1, 2, 3].map(() => gate.client()));
    for (const client of clients) client.write(requestBytes("/plain/held"));
    await plain.requested(3);
    const beyond = await gate.ask(requestBytes("/plain/beyond"));
    expect([statusOf(beyond), beyond.values("retry-after")]).toEqual([503, ["1"]]);
    expect(JSON.parse(beyond.content).status).toBe("error");
    // Whichever upstream: the limit is that of the server.
    expect(statusOf(await gate.ask(requestBytes("/unix/beyond")))).toBe(503);
    expect([plain.requests.length, unix.requests.length]).toEqual([3, 0]);

    const ok = answerBytes(200, ["Content-Length: 2"], "ok");
    plain.requests[0]!.connection.write(ok);
    const [first] = await Promise.all([answer(clients[0]!), gate.logged({ status: 200 })]);
    expect(first.content).toBe("ok");
    expect((await gate.ask(requestBytes("/unix/next"))).content).toBe("ok");
    // One that leaves makes room as well.
    clients[1]!.reset();
    await plain.requests[1]!.connection.closed;
    await gate.logged({ aborted: true });
    expect((await gate.ask(requestBytes("/unix/next"))).content).toBe("ok");
    plain.requests[2]!.connection.write(ok);
    expect((await answer(clients[2]!)).content).toBe("ok");
    for (const client of clients) client.reset();
  });

  test("counts an answer until its content is over", async () => {
    plain.plays(({ connection }) =>
      connection.write(answerBytes(200, ["Transfer-Encoding: chunked"], "4\r\nhalf\r\n")),
    );
    const clients = await Promise.all([1, 2, 3].map(() => gate.client()));
    for (const client of clients) client.write(requestBytes("/plain/held"));
    for (const client of clients) await client.sees("half");
    expect(statusOf(await gate.ask(requestBytes("/unix/beyond")))).toBe(503);
    for (const { connection } of plain.requests) connection.write("0\r\n\r\n");
    for (const client of clients) expect((await answer(client)).content).toBe("half");
    for (const client of clients) client.reset();
    expect((await gate.ask(requestBytes("/unix/next"))).content).toBe("ok");
  });
});
