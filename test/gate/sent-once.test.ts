import { describe, expect, test } from "bun:test";
import { requestBytes, sharedGate } from "../support/gate.ts";
import { statusOf } from "../support/raw-message.ts";
import { sharedUpstream } from "../support/raw-upstream.ts";

const upstream = sharedUpstream();
const gate = sharedGate([{ path: "/*", proxy: upstream.url }]);

/** Resets the connection once the whole request came. */
const breaks = () =>
  upstream.plays(async ({ connection, content }) => {
    await content();
    connection.reset();
  });

// Bun 1.4.5 sends GET, HEAD and OPTIONS again by itself where the connection was used before.
describe("a request is sent once, also on a connection that was used before and breaks:", () => {
  test.each(["POST", "PATCH", "PUT", "DELETE", "PROPFIND"])("%s with content", async (method) => {
    await gate.ask(requestBytes("/first"));
    const { connection: used } = await upstream.requested(1);
    breaks();
    const given = await gate.ask(requestBytes("/x", ["Content-Length: 2"], { method, content: "hi" }));
    const [, ...requests] = upstream.requests;
    expect([statusOf(given), requests.map(({ start }) => start)]).toEqual([502, [`${method} /x HTTP/1.1`]]);
    expect(requests[0]!.connection === used).toBeTrue();
  });

  test.each(["POST", "PATCH", "PUT", "DELETE", "PROPFIND"])("%s without content", async (method) => {
    await gate.ask(requestBytes("/first"));
    breaks();
    const given = await gate.ask(requestBytes("/x", [], { method }));
    const [, ...requests] = upstream.requests;
    expect([statusOf(given), requests.map(({ start }) => start)]).toEqual([502, [`${method} /x HTTP/1.1`]]);
  });
});
