import { describe, expect, test } from "bun:test";
import { ListenError } from "../../src/listen/listen-error.ts";
import { answered, code, hello, material, tlsListeners } from "../support/tls-listeners.ts";

const { one, two, listening, connected, certificateOf, ask } = tlsListeners();

/** Asks again and again on one connection, opens another where the answer says so, and counts both. */
async function keepAsking(port: number, done: () => boolean, resets: string[]) {
  const seen = { answers: 0, closed: 0 };
  while (!done()) {
    const socket = await connected(port).catch((fault: NodeJS.ErrnoException) => fault.code ?? fault.message);
    if (typeof socket === "string") {
      resets.push(socket);
      continue;
    }
    for (let closing = false; !closing && !done(); seen.answers++) {
      const answer = await answered(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      expect(answer).toStartWith("HTTP/1.1 200 OK\r\n");
      closing = answer.includes("\r\nConnection: close\r\n");
      if (closing) seen.closed++;
    }
    socket.destroy();
  }
  return seen;
}

describe("renew()", () => {
  test("loses no request of a kept connection, and a new connection at most where its client can't know", async () => {
    const { listener, port } = await listening({}, hello, 200);
    let done = false;
    let answers = 0;
    const resets: string[] = [];
    const fetching = Array.from({ length: 3 }, async () => {
      for (; !done; answers++) expect((await ask(listener.url, { method: "POST" })).status).toBe(200);
    });
    const raw = [keepAsking(port, () => done, resets), keepAsking(port, () => done, resets)];
    const opening = Array.from({ length: 2 }, async () => {
      while (!done) {
        const failed = await code(ask(listener.url, { keepalive: false, method: "POST" }));
        // Linux resets a connection whose handshake it has not finished when the old socket is closed.
        if (failed !== "") resets.push(failed);
      }
    });
    const renewals = [two, one, two, one, two];
    for (const next of renewals) {
      await listener.renew(material(next));
      expect(await certificateOf(port)).toBe(next === one ? "one" : "two");
    }
    done = true;
    await Promise.all([...fetching, ...opening]);
    expect(answers).toBeGreaterThan(100);
    for (const { answers, closed } of await Promise.all(raw)) {
      expect(answers).toBeGreaterThan(100);
      expect(closed).toBeGreaterThan(0);
    }
    expect(resets.length).toBeLessThanOrEqual((opening.length + raw.length) * renewals.length);
    expect(resets).not.toContain("ECONNREFUSED");
  });

  test("leaves nobody with the old certificate, whatever comes at once", async () => {
    const { listener, port } = await listening();
    const failed = listener.renew({ ...material(two), key: one.key });
    await Promise.all([
      expect(failed).rejects.toThrow(ListenError),
      listener.renew(material(one)),
      listener.renew(material(two)),
    ]);
    const seen = await Promise.all(Array.from({ length: 20 }, () => certificateOf(port)));
    expect(new Set(seen)).toEqual(new Set(["two"]));
  });

  test("lets a request in flight and a connection in its handshake finish", async () => {
    const gate = Promise.withResolvers<Response>();
    const { listener, received, port } = await listening({}, (request, connection, leave) =>
      request.url.endsWith("/slow") ? gate.promise : hello(request, connection, leave),
    );
    const slow = ask(`${listener.url}/slow`);
    const silent = await connected(port);
    await received(1);
    await listener.renew(material(two));
    expect(listener.inFlight()).toBe(1);
    expect(await answered(silent, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toStartWith("HTTP/1.1 200 OK\r\n");
    gate.resolve(new Response("late"));
    expect(await (await slow).text()).toBe("late");
  });

  test("gives way to stop(), which ends both servers", async () => {
    const { listener, received, port } = await listening({}, () => new Promise(() => {}), 60_000);
    const before = code(ask(listener.url));
    await received(1);
    const renewal = listener.renew(material(two));
    while ((await certificateOf(port)) !== "two");
    const after = Array.from({ length: 8 }, () => code(ask(listener.url, { keepalive: false })));
    await received(9);
    expect(await listener.stop(20)).toBe(9);
    await renewal;
    expect(new Set(await Promise.all([before, ...after]))).toEqual(new Set(["ECONNRESET"]));
    expect(await code(connected(port))).toBe("ECONNREFUSED");
    await listener.renew(material(two));
  });
});
