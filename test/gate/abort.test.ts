import { describe, expect, test } from "bun:test";
import { requestBytes, sharedGate } from "../support/gate.ts";
import { patiently, type RawConnection } from "../support/raw-connection.ts";
import { answer } from "../support/raw-message.ts";
import { answerBytes, sharedUpstream, type Play } from "../support/raw-upstream.ts";

// A client that leaves ends the request at the upstream within a second, whatever is under way.

const upstream = sharedUpstream();
/** Takes connections and says nothing: a TLS handshake with it hangs. */
const silent = sharedUpstream();
const gate = sharedGate([
  { path: "/*", proxy: upstream.url, max_size: 64 * 1024 * 1024 },
  { path: "/tls-hangs/*", proxy: silent.url.replace("http", "https"), connect_timeout: 60 },
]);

const never: Play = () => new Promise(() => {});
const sends =
  (bytes: string): Play =>
  async ({ connection, content }) => {
    await content();
    connection.write(bytes);
  };

interface Phase {
  readonly request: string;
  readonly play?: Play;
  readonly at?: typeof upstream;
  /** Waits until the exchange is in this phase. */
  reach(client: RawConnection): Promise<unknown>;
}

const post = (lines: readonly string[], content: string) =>
  requestBytes("/x", lines, { method: "POST", content });
const large = `${answerBytes(200, ["Content-Length: 2000000"])}half`;

const phases: Record<string, Phase> = {
  "while it connects": {
    request: requestBytes("/tls-hangs/x"),
    at: silent,
    reach: async () => (await silent.connected(1)).counts(1),
  },
  "before the head of the answer": {
    request: requestBytes("/x"),
    play: never,
    reach: () => upstream.requested(1),
  },
  "before the head of the answer to a POST": {
    request: post(["Content-Length: 2"], "hi"),
    play: never,
    reach: async () => await (await upstream.requested(1)).content(),
  },
  "within half a head": {
    request: requestBytes("/x"),
    play: sends("HTTP/1.1 200 OK\r\nX-Half: "),
    reach: () => upstream.requested(1),
  },
  "within a declared upload": {
    request: post(["Content-Length: 10"], "half-"),
    reach: async () => (await upstream.requested(1)).connection.sees("half-"),
  },
  "within a large declared upload": {
    request: post(["Content-Length: 10000000"], "half-"),
    reach: async () => (await upstream.requested(1)).connection.sees("half-"),
  },
  "within a chunked upload": {
    request: post(["Transfer-Encoding: chunked"], "5\r\nhalf-\r\n"),
    reach: async () => (await upstream.requested(1)).connection.sees("half-"),
  },
  "within small content of an answer": {
    request: requestBytes("/x"),
    play: sends(answerBytes(200, ["Content-Length: 10"], "half-")),
    reach: () => upstream.requested(1),
  },
  "within large content of an answer": {
    request: requestBytes("/x"),
    play: sends(large),
    reach: (client) => client.sees("half"),
  },
  "within a chunked answer": {
    request: requestBytes("/x"),
    play: sends(answerBytes(200, ["Transfer-Encoding: chunked"], "4\r\nhalf\r\n")),
    reach: (client) => client.sees("half"),
  },
  "between two events": {
    request: requestBytes("/x"),
    play: sends(
      answerBytes(
        200,
        ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"],
        "9\r\ndata: 1\n\n\r\n",
      ),
    ),
    reach: (client) => client.sees("data: 1"),
  },
  "while it takes nothing of an answer": {
    request: requestBytes("/x"),
    async play({ connection }) {
      connection.write(answerBytes(200, ["Content-Length: 1000000000"]));
      await connection.repeat("x".repeat(1 << 20), 900);
    },
    async reach(client) {
      await client.counts(1);
      client.pause();
      await upstream.requested(1);
    },
  },
  "within an upload that is answered": {
    request: post(["Transfer-Encoding: chunked"], "5\r\nhalf-\r\n"),
    play({ connection }) {
      connection.write(`${answerBytes(200, ["Transfer-Encoding: chunked"])}4\r\nhalf\r\n`);
    },
    reach: (client) => client.sees("half\r\n"),
  },
};

describe.each(["reset", "end"] as const)("a client that leaves with %s ends the request", (leave) => {
  test.each(Object.entries(phases))("%s", async (_, { request, play, at = upstream, reach }) => {
    if (play !== undefined) upstream.plays(play);
    const client = await gate.client();
    client.write(request);
    await reach(client);
    client[leave]();
    const connection = await at.connected(1);
    await patiently(connection.closed, () => "the upstream still has its request", 1000);
    expect(await gate.logged({ aborted: true })).toMatchObject({ method: request.split(" ")[0] });
    // And nothing of it comes back.
    expect(upstream.connections.length).toBeLessThanOrEqual(1);
    expect(await gate.metrics(/^token_server_requests_in_flight/)).toEqual([
      "token_server_requests_in_flight 1",
    ]);
  });
});

test("a client that reads its answer and leaves ends no connection to the upstream", async () => {
  const client = await gate.client();
  client.write(requestBytes("/x"));
  await answer(client);
  client.end();
  await client.closed;
  expect((await gate.ask(requestBytes("/y"))).start).toBe("HTTP/1.1 200 OK");
  expect(upstream.connections).toHaveLength(1);
});

test("none of it is written to standard error", async () => {
  const { code, err } = await gate.stop();
  expect([code, err]).toEqual([0, ""]);
});
