import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import { burstLimit } from "../../../src/routes/proxy/burst-limit.ts";
import {
  tlsOptions,
  upstream as upstreamOf,
  type UpstreamOptions,
  type UpstreamRequest,
} from "../../../src/routes/proxy/upstream.ts";
import { upstreamCause } from "../../../src/routes/proxy/upstream-error.ts";
import { upstreamUrl } from "../../../src/routes/proxy/upstream-url.ts";
import { certified } from "../../support/certificates.ts";
import { deafPort } from "../../support/deaf-port.ts";
import { freePort } from "../../support/program.ts";
import { rawUpstream, type RawUpstream } from "../../support/raw-upstream.ts";

let server: RawUpstream;

beforeAll(() => void (server = rawUpstream()));
afterEach(() => server.forget());
afterAll(() => server.stop());

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

function made(url: string, given: Partial<UpstreamOptions> = {}) {
  const parsed = upstreamUrl(url);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const tls = { ca: null, insecure: false };
  const options = { url: parsed, tls, connectTimeout: 5000, timeout: null, ...given };
  return upstreamOf(options, burstLimit(LIMITS.burstRequests, LIMITS.burstTime));
}

function requestOf(given: Partial<UpstreamRequest> = {}): UpstreamRequest {
  const ending = new AbortController();
  const headers = new Headers({ Host: "gate.test" });
  const state = { answered: false, deadline: null, connecting: null, pieces: 0 };
  return { method: "GET", target: "/x", headers, content: null, ending, ...state, ...given };
}

/** The cause for which no answer comes. */
async function causeOf(answer: Promise<Response>): Promise<string> {
  return await answer.then(
    () => "an answer",
    (fault: unknown) => upstreamCause(fault),
  );
}

describe("upstream()", () => {
  test("sends a request to an address, a Unix socket and over TLS", async () => {
    const { cert, key } = certified("localhost");
    const servers = [rawUpstream(), rawUpstream({ unix: true }), rawUpstream({ tls: { cert, key } })];
    for (const one of servers) {
      const request = requestOf();
      const response = await made(one.url, { tls: { ca: cert, insecure: false } }).send(request);
      expect([response.status, await response.text(), request.answered]).toEqual([200, "ok", true]);
      expect((await one.requested(1)).start).toBe("GET /x HTTP/1.1");
      one.stop();
    }
  });

  test("has a cause for everything that keeps it from an answer", async () => {
    const { cert, key } = certified("localhost");
    const secure = rawUpstream({ tls: { cert, key } });
    const { port } = server;
    const causes = async (url: string) => await causeOf(made(url).send(requestOf()));
    expect(await causes(`http://127.0.0.1:${freePort()}`)).toBe("refused");
    expect(await causes("unix:/none.sock")).toBe("refused");
    expect(await causes("http://name.invalid")).toBe("unresolved");
    expect(await causes(secure.url)).toBe("tls");
    server.plays(({ connection }) => connection.reset());
    expect(await causes(`http://127.0.0.1:${port}`)).toBe("reset");
    server.plays("220 mail.example ESMTP\r\n\r\n");
    expect(await causes(`http://127.0.0.1:${port}`)).toBe("invalid_answer");
    secure.stop();
  });

  test("ends a request that is aborted, with the reason", async () => {
    server.plays(() => new Promise(() => {}));
    const request = requestOf();
    const answer = made(server.url).send(request);
    const { connection } = await server.requested(1);
    const reason = new Error("enough");
    request.ending.abort(reason);
    expect(await answer.catch((fault: unknown) => fault)).toBe(reason);
    expect(request.answered).toBeTrue();
    expect(await connection.closed).toBe("reset");
  });

  test("never sends a request that is aborted already", async () => {
    const request = requestOf();
    request.ending.abort(new Error("enough"));
    const to = made(server.url);
    await expect(to.send(request)).rejects.toThrow("enough");
    expect((await to.send(requestOf({ target: "/next" }))).status).toBe(200);
    expect(server.requests.map(({ start }) => start)).toEqual(["GET /next HTTP/1.1"]);
  });

  test("gives up on an upstream that does not act within timeout", async () => {
    server.plays(() => new Promise(() => {}));
    const request = requestOf();
    const to = made(server.url, { timeout: 50 });
    to.await(request);
    expect(await causeOf(to.send(request))).toBe("timeout");
    // Too late to start the time again: nothing would stop it.
    to.await(request);
  });

  test("leaves the time of the client out of timeout, and that after the head", async () => {
    const to = made(server.url, { timeout: 50 });
    const waiting = requestOf();
    to.await(waiting);
    to.rest(waiting);
    const late = requestOf();
    server.plays(({ connection }) => connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"));
    const [answer] = await Promise.all([to.send(late), server.requested(1)]);
    to.await(late);
    // Another one whose time runs out, started later than both.
    server.plays(() => new Promise(() => {}));
    const due = requestOf();
    to.await(due);
    expect(await causeOf(to.send(due))).toBe("timeout");
    expect([waiting.ending.signal.aborted, late.ending.signal.aborted]).toEqual([false, false]);
    (await server.connected(1)).write("ok");
    expect(await answer.text()).toBe("ok");
  });

  test("gives up on an upstream that does not connect within connect_timeout", async () => {
    const deaf = await deafPort();
    const answer = made(`http://127.0.0.1:${deaf.port}`, { connectTimeout: 100 }).send(requestOf());
    expect(await causeOf(answer)).toBe("connect_timeout");
    deaf.close();
    const tls = made(`https://127.0.0.1:${server.port}`, { connectTimeout: 100 }).send(requestOf());
    expect(await causeOf(tls)).toBe("connect_timeout");
  });

  test("waits for an upstream that answers late, and one that takes no new connection meanwhile", async () => {
    const late = rawUpstream();
    const answered = Promise.withResolvers<void>();
    late.plays(async ({ connection }) => {
      await answered.promise;
      connection.write(OK);
    });
    const answer = made(late.url, { connectTimeout: 100 }).send(requestOf());
    await late.requested(1);
    // So the connection that finds out whether the upstream can be reached is refused.
    late.refuse();
    const other = made(`http://127.0.0.1:${late.port}`, { connectTimeout: 100 });
    expect(await causeOf(other.send(requestOf()))).toBe("refused");
    const slow = made(server.url, { timeout: 150 });
    const due = requestOf();
    server.plays(() => new Promise(() => {}));
    slow.await(due);
    expect(await causeOf(slow.send(due))).toBe("timeout");
    answered.resolve();
    expect((await answer).status).toBe(200);
    late.stop();
  });

  test("sends a DELETE without content over a connection of its own, and others over one that is kept", async () => {
    const to = made(server.url);
    for (const method of ["GET", "GET", "DELETE", "DELETE", "GET"])
      await (await to.send(requestOf({ method }))).bytes();
    await server.requested(5);
    expect(server.connections).toHaveLength(3);
  });
});

test("tlsOptions() trusts the system unless told otherwise", () => {
  expect(tlsOptions({ ca: null, insecure: false })).toEqual({});
  expect(tlsOptions({ ca: "PEM", insecure: false })).toEqual({ ca: "PEM" });
  expect(tlsOptions({ ca: null, insecure: true })).toEqual({ rejectUnauthorized: false });
});
