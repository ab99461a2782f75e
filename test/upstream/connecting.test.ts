import { describe, expect, test } from "bun:test";
import { CANCELLED, type Connection } from "../../src/upstream/connection.ts";
import { tlsOptions, type UpstreamTls } from "../../src/upstream/upstream-tls.ts";
import { connecting, getHead, NotedRequest, urlOf } from "../support/carrying.ts";
import { certified } from "../support/certificates.ts";
import { NO_NAME } from "../support/no-name.ts";
import { deafPort, refusingPort } from "../support/taken-ports.ts";
import { rawUpstream, sharedUpstream } from "../support/raw-upstream.ts";
import { shared } from "../support/shared.ts";

const { cert, key } = certified("localhost");
const plain = sharedUpstream();
const secure = sharedUpstream({ tls: { cert, key } });
const refusing = shared(refusingPort());

/** Sends a request, and waits for the whole answer. */
async function exchanged(connection: Connection, path: string): Promise<NotedRequest> {
  const request = new NotedRequest();
  connection.send(getHead(path), request);
  await request.notes.saw("end");
  return request;
}

/** The outcome of an attempt to connect. */
async function outcome(...to: Parameters<typeof connecting>): Promise<string> {
  const { connection, notes } = connecting(...to);
  await notes.first();
  connection.close();
  return notes.all[0] ?? "";
}

describe("Connection", () => {
  test.each([
    ["an address", () => rawUpstream()],
    ["a Unix socket", () => rawUpstream({ unix: true })],
    ["TLS", () => rawUpstream({ tls: { cert, key } })],
  ])("carries one request after the other over %s", async (_, listen) => {
    const upstream = listen();
    const { connection, notes } = connecting(upstream.url, { ca: cert });
    await notes.saw("opened");
    expect([connection.wasUsed, connection.idleSince]).toEqual([false, connection.openedAt]);
    for (const path of ["/one", "/two"]) {
      const { notes: seen, text } = await exchanged(connection, path);
      expect([seen.all, text]).toEqual([["head 200", "end"], "ok"]);
      expect(connection.wasUsed).toBeTrue();
      expect(connection.idleSince).toBeGreaterThan(connection.openedAt);
    }
    expect(upstream.requests.map(({ bytes }) => bytes)).toEqual([getHead("/one"), getHead("/two")]);
    expect([notes.all, upstream.connections.length]).toEqual([["opened", "idle", "idle"], 1]);
    connection.close();
    await notes.saw("closed");
    // It was idle, so it ends without a reset.
    expect(await (await upstream.connected(1)).closed).toBe("ended");
    upstream.stop();
  });

  test.each<[string, Partial<UpstreamTls>, string]>([
    ["its authority", { ca: cert }, "opened"],
    ["any certificate", { insecure: true }, "opened"],
    ["no authority of the system", {}, "openFailed tls"],
    ["another authority", { ca: certified("localhost").cert }, "openFailed tls"],
  ])("over TLS trusts %s", async (_, tls, noted) => {
    expect(await outcome(secure.url, tls)).toBe(noted);
  });

  test("over TLS trusts no certificate of another host", async () => {
    const socket = { data() {}, error() {} };
    const other = Bun.listen({ hostname: "127.0.0.2", port: 0, tls: { cert, key }, socket });
    const url = `https://127.0.0.2:${other.port}`;
    expect(await outcome(url, { ca: cert })).toBe("openFailed tls");
    expect(await outcome(url, { ca: cert, insecure: true })).toBe("opened");
    other.stop(true);
  });

  test.each([false, true])(
    "over TLS fails if the upstream does not speak it, insecure or not (%p)",
    async (insecure) => {
      const socket = { open: (made: Bun.Socket) => void made.write("220 mail.example\r\n"), data() {} };
      const mail = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
      expect(await outcome(`https://127.0.0.1:${mail.port}`, { insecure })).toBe("openFailed tls");
      mail.stop(true);
    },
  );

  test("reports why it could not be opened", async () => {
    expect(await outcome(`http://127.0.0.1:${refusing.port}`)).toBe("openFailed refused");
    expect(await outcome("unix:/none.sock")).toBe("openFailed refused");
    expect(await outcome(`http://${NO_NAME}`)).toBe("openFailed unresolved");
    // Bun throws synchronously.
    expect(await outcome({ ...urlOf(plain.url), port: 65_536 })).toBe("openFailed invalid_answer");
  });

  test.each([
    ["ends", false],
    ["ends", true],
    ["resets", false],
    ["resets", true],
  ])("over TLS fails if the upstream %s the handshake, insecure or not (%p)", async (how, insecure) => {
    const { notes } = connecting(`https://127.0.0.1:${plain.port}`, { insecure });
    const there = await plain.connected(1);
    await there.counts(1);
    if (how === "ends") there.end();
    else there.reset();
    await notes.first();
    expect(notes.all).toEqual(["openFailed reset"]);
  });

  test("that is closed before it opens never opens, and is reset at the upstream", async () => {
    const { connection, notes } = connecting(plain.url);
    connection.close();
    connection.close();
    expect(notes.all).toEqual(["openFailed reset"]);
    expect(await (await plain.connected(1)).closed).toBe("reset");
    connection.write(Buffer.from("x"));
    expect([notes.all, connection.written()]).toEqual([["openFailed reset"], null]);
  });
});

describe("Connection.cancel()", () => {
  test("cancels a TLS handshake, and reports CANCELLED instead of a fault", async () => {
    const { connection, notes, faults } = connecting(`https://127.0.0.1:${plain.port}`);
    const upstream = await plain.connected(1);
    await upstream.counts(1);
    connection.cancel();
    expect([faults, notes.all.length]).toEqual([[CANCELLED], 1]);
    await upstream.closed;
    connection.cancel();
    expect(notes.all).toHaveLength(1);
  });

  test("can't cancel a TCP connect, or an open connection", async () => {
    const deaf = await deafPort();
    const { connection, notes } = connecting(`http://127.0.0.1:${deaf.port}`);
    const open = connecting(plain.url);
    await open.notes.saw("opened");
    connection.cancel();
    open.connection.cancel();
    expect([notes.all, open.notes.all]).toEqual([[], ["opened"]]);
    await exchanged(open.connection, "/still");
    open.connection.close();
    connection.close();
    deaf.stop();
  });
});

test("tlsOptions() trusts the authorities of the system by default", () => {
  expect(tlsOptions({ ca: null, insecure: false })).toEqual({});
  expect(tlsOptions({ ca: "PEM", insecure: false })).toEqual({ ca: "PEM" });
  expect(tlsOptions({ ca: null, insecure: true })).toEqual({ rejectUnauthorized: false });
});
