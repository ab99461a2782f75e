import { beforeEach, describe, expect, test } from "bun:test";
import { certified } from "../support/certificates.ts";
import { deafPort, refusingPort } from "../support/taken-ports.ts";
import { requestBytes, sharedGate, type Gate } from "../support/gate.ts";
import { NO_NAME } from "../support/no-name.ts";
import { patiently } from "../support/raw-connection.ts";
import { answer, head, statusOf } from "../support/raw-message.ts";
import { answerBytes, sharedUpstream, type Play } from "../support/raw-upstream.ts";
import { shared } from "../support/shared.ts";

// What a client sees, what the log says and what is counted where the upstream fails.

const upstream = sharedUpstream();
const secure = sharedUpstream({ tls: certified("other.test") });
/** Takes connections and says nothing, so that a TLS handshake hangs. */
const silent = sharedUpstream();
beforeEach(() => silent.plays(() => new Promise(() => {})));
const deaf = shared(await deafPort());
const refusing = shared(refusingPort());
const quick = { connect_timeout: 1, timeout: 1 };
const gate = sharedGate([
  { path: "/*", proxy: upstream.url },
  { path: "/quick/*", proxy: upstream.url, ...quick },
  { path: "/refused/*", proxy: `http://127.0.0.1:${refusing.port}` },
  { path: "/no-name/*", proxy: `http://${NO_NAME}` },
  { path: "/no-file/*", proxy: "unix:/nowhere/at/all.sock" },
  { path: "/deaf/*", proxy: `http://127.0.0.1:${deaf.port}`, ...quick, timeout: 60 },
  { path: "/tls-hangs/*", proxy: silent.url.replace("http", "https"), ...quick, timeout: 60 },
  { path: "/tls-untrusted/*", proxy: secure.url },
]);

/** A text that only the upstream sends. */
const SECRET = "the-upstream-s-own-words";
/** A query, which must not be logged. */
const QUERY = "key=the-client-s-own-words";
/** Answers the whole request with this and then ends the connection, or resets it. */
const says =
  (bytes: string, ending: "end" | "reset" | "stay" = "end"): Play =>
  async ({ connection, content }) => {
    await content();
    connection.write(bytes);
    if (ending !== "stay") connection[ending]();
  };
const line = `X-Secret: ${SECRET}`;

interface Row {
  readonly target?: string;
  readonly play?: Play;
  /** What it says as soon as it is connected. */
  readonly greets?: string;
  readonly status?: 502 | 504;
  /** The word of the metric. */
  readonly cause: string;
}

const rows: Record<string, Row> = {
  "refuses the connection": { target: "/refused/x", cause: "refused" },
  "has a name without an address": { target: "/no-name/x", cause: "unresolved" },
  "has no socket": { target: "/no-file/x", cause: "refused" },
  "does not connect in time": { target: "/deaf/x", status: 504, cause: "connect_timeout" },
  "does not finish the TLS handshake in time": {
    target: "/tls-hangs/x",
    status: 504,
    cause: "connect_timeout",
  },
  "speaks no TLS": { target: "/tls-hangs/x", greets: answerBytes(400, ["Content-Length: 0"]), cause: "tls" },
  "has an untrusted certificate": { target: "/tls-untrusted/x", cause: "tls" },
  "closes without an answer": { play: says(""), cause: "reset" },
  "resets without an answer": { play: says("", "reset"), cause: "reset" },
  "does not answer in time": { target: "/quick/x", play: says("", "stay"), status: 504, cause: "timeout" },
  "sends half a head and then nothing": {
    target: "/quick/x",
    play: says(`HTTP/1.1 200 OK\r\n${line}\r\n`, "stay"),
    status: 504,
    cause: "timeout",
  },
  "sends only an informational answer": {
    target: "/quick/x",
    play: says(answerBytes(103, [line]), "stay"),
    status: 504,
    cause: "timeout",
  },
  "sends half a head and ends": { play: says(`HTTP/1.1 200 OK\r\n${line}\r\n`), cause: "reset" },
  "sends half a head and resets": { play: says(`HTTP/1.1 200 OK\r\n${line}`, "reset"), cause: "reset" },
  "sends garbage": { play: says(`${SECRET}\r\n\r\n`), cause: "invalid_answer" },
  "sends a TLS alert": { play: says("\x15\x03\x01\0\x02\x02\x50"), cause: "invalid_answer" },
  "sends another protocol": {
    play: says(`SSH-2.0-${SECRET}\r\n`, "stay"),
    target: "/quick/x",
    cause: "invalid_answer",
  },
  "sends a line without a colon": { play: says(answerBytes(200, [SECRET], "")), cause: "invalid_answer" },
  "folds a line": {
    play: says(answerBytes(200, ["X: y", ` ${SECRET}`, "Content-Length: 0"])),
    cause: "invalid_answer",
  },
  "sends a control byte": {
    play: says(answerBytes(200, [`${line}\0`, "Content-Length: 0"])),
    cause: "invalid_answer",
  },
  "sends two lengths": {
    play: says(answerBytes(200, [line, "Content-Length: 2", "Content-Length: 3"], "abc")),
    cause: "invalid_answer",
  },
  "sends a length and chunks": {
    play: says(answerBytes(200, [line, "Content-Length: 3", "Transfer-Encoding: chunked"], "0\r\n\r\n")),
    cause: "invalid_answer",
  },
  "sends chunks and a length": {
    play: says(answerBytes(200, [line, "Transfer-Encoding: chunked", "Content-Length: 3"], "0\r\n\r\n")),
    cause: "invalid_answer",
  },
  "sends a length that is no number": {
    play: says(answerBytes(200, [line, "Content-Length: abc"], "abc")),
    cause: "invalid_answer",
  },
  "sends a negative length": {
    play: says(answerBytes(200, [line, "Content-Length: -3"], "abc")),
    cause: "invalid_answer",
  },
  "switches protocols unasked": {
    play: says(answerBytes(101, [line, "Upgrade: x"])),
    cause: "invalid_answer",
  },
  "has the status 99": { play: says(answerBytes(99, [line, "Content-Length: 0"])), cause: "invalid_answer" },
  "has the status 600": {
    play: says(answerBytes(600, [line, "Content-Length: 0"])),
    cause: "invalid_answer",
  },
  "has the status 999": {
    play: says(answerBytes(999, [line, "Content-Length: 0"])),
    cause: "invalid_answer",
  },
  "ends in small content": { play: says(answerBytes(200, ["Content-Length: 100"], SECRET)), cause: "reset" },
  "resets in small content": {
    play: says(answerBytes(200, ["Content-Length: 100"], SECRET), "reset"),
    cause: "reset",
  },
};

describe("the client receives nothing of an upstream that", () => {
  test.each(Object.entries(rows))("%s", async (_, { target = "/x", play, greets, status = 502, cause }) => {
    const before = await causes(gate);
    if (play !== undefined) upstream.plays(play);
    const client = await gate.client();
    if (greets !== undefined) void silent.connected(1).then((connection) => connection.write(greets));
    client.write(
      requestBytes(`${target}?${QUERY}`, ["Content-Length: 2"], { method: "POST", content: "hi" }),
    );
    const given = await answer(client);
    client.reset();
    expect([statusOf(given), JSON.parse(given.content).status]).toEqual([status, "error"]);
    expect(given.values("content-type")).toEqual(["application/json;charset=utf-8"]);
    expect(given.bytes + given.content).not.toMatch(new RegExp(`${SECRET}|127\\.0\\.0\\.1|${upstream.port}`));
    const logged = await gate.logged({ status });
    expect(logged["cause"]).toBe(`upstream ${cause}`);
    expect(await causes(gate)).toEqual({ ...before, [cause]: (before[cause] ?? 0) + 1 });
    // Once, whatever became of it.
    expect(upstream.requests.length).toBeLessThanOrEqual(1);
    expect(gate.out()).not.toContain(SECRET);
  });
});

/** How many failures of each cause are counted. */
async function causes(of: Gate): Promise<Record<string, number>> {
  const lines = await of.metrics(/^token_server_upstream_failures_total/);
  return Object.fromEntries(
    lines.map((each) => [String(/cause="(\w+)"/.exec(each)?.[1]), Number(each.split(" ")[1])]),
  );
}

describe("a client can tell that an answer is incomplete if the upstream", () => {
  const large = `${answerBytes(200, ["Content-Length: 2000000"])}half`;
  const chunked = `${answerBytes(200, ["Transfer-Encoding: chunked"])}4\r\nhalf\r\n`;
  test.each<[title: string, first: string, next: string, ending: "end" | "reset" | "stay"]>([
    ["ends within a length", large, "", "end"],
    ["resets within a length", large, "", "reset"],
    ["ends between chunks", chunked, "", "end"],
    ["resets between chunks", chunked, "", "reset"],
    ["ends within a chunk", chunked, "4\r\nha", "end"],
    ["sends a chunk without a size", chunked, "x\r\n", "stay"],
    ["sends a chunk of another size", chunked, "4\r\nhalf-\r\n0\r\n\r\n", "stay"],
  ])("%s", async (_, first, next, ending) => {
    upstream.plays(({ connection }) => connection.write(first));
    const client = await gate.client();
    client.write(requestBytes(`/x?${QUERY}`));
    const given = await client.take(head);
    await client.sees("half");
    const [{ connection } = { connection: client }] = upstream.requests;
    connection.write(next);
    if (ending !== "stay") connection[ending]();
    await patiently(client.closed, () => `the client still waits after ${client.received}`);
    expect([statusOf(given), given.values("content-length")]).toEqual([200, []]);
    expect(client.received).not.toContain("\r\n0\r\n\r\n");
    const line = await gate.logged({ status: 200, path: "/*" });
    expect(line["upstream"]).toMatchObject({
      status: 200,
      cause: expect.stringMatching(/^(?:reset|invalid_answer)$/),
    });
  });

  test("ends between chunks, with HTTP/1.0", async () => {
    upstream.plays(({ connection }) => connection.write(chunked));
    const client = await gate.client();
    client.write(requestBytes("/x").replace("HTTP/1.1", "HTTP/1.0"));
    await client.sees("half");
    (await upstream.requested(1)).connection.end();
    expect(await client.closed).toBe("reset");
  });
});

test("none of it is written to standard error, and no query to the log", async () => {
  const { code, out, err } = await gate.stop();
  expect([code, err]).toEqual([0, ""]);
  expect(out).not.toContain(QUERY);
});
