import { describe, expect, test } from "bun:test";
import { asked, NotedRequest, opened } from "../support/carrying.ts";
import { answerBytes, OK, sharedUpstream } from "../support/raw-upstream.ts";

const upstream = sharedUpstream();

const HEAD = "HTTP/1.1 200 OK\r\n";

describe("Connection is not reused", () => {
  test.each([
    ["that asks to close it", answerBytes(200, ["Connection: close", "Content-Length: 2"], "ok")],
    ["of HTTP/1.0", `HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok`],
    ["with surplus bytes after it", `${OK}HTTP/1.1 200 OK\r\n\r\n`],
  ])("after an answer %s", async (_, play) => {
    const { notes, there, request } = await asked(upstream, play);
    await notes.saw("closed");
    expect([notes.all, request.notes.all, request.text]).toEqual([
      ["opened", "closed"],
      ["head 200", "end"],
      "ok",
    ]);
    await there.closed;
  });

  test("after an answer to a request that was not fully sent", async () => {
    const request = new NotedRequest("POST");
    request.isSent = false;
    const { notes, there } = await asked(upstream, OK, request);
    await notes.saw("closed");
    expect([notes.all, request.notes.all]).toEqual([
      ["opened", "closed"],
      ["head 200", "end"],
    ]);
    expect(await there.closed).toBe("reset");
  });

  test("after an answer that arrived before the request was written", async () => {
    const { connection, notes, there } = await opened(upstream);
    there.pause();
    const request = new NotedRequest("POST");
    connection.send("POST / HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n", request);
    connection.write(Buffer.alloc(9_000_000));
    const written = connection.written();
    expect(written).not.toBeNull();
    there.write(OK);
    await notes.saw("closed");
    await written;
    expect([notes.all, request.notes.all]).toEqual([
      ["opened", "closed"],
      ["head 200", "end"],
    ]);
    expect(connection.written()).toBeNull();
    there.resume();
    await there.closed;
  });
});

describe("Connection fails", () => {
  test.each<[string, string, string[]]>([
    ["without a byte of an answer", "", ["failed reset"]],
    ["in a head", "H", ["failed reset midway"]],
    ["after an informational answer", "HTTP/1.1 103 Early Hints\r\n\r\n", ["failed reset midway"]],
    ["in content", `${HEAD}Content-Length: 4\r\n\r\nab`, ["head 200", "failed reset midway"]],
    ["in chunks", `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nab`, ["head 200", "failed reset midway"]],
  ])("if its upstream closes %s", async (_, play, noted) => {
    for (const ending of ["end", "reset"] as const) {
      const request = new NotedRequest("GET", () => there[ending]());
      const { connection, notes, there } = await asked(upstream, play, request);
      if (play === "") there[ending]();
      await request.notes.saw("failed");
      expect([request.notes.all, notes.all]).toEqual([noted, ["opened", "closed"]]);
      expect(connection.carries(request)).toBeFalse();
      upstream.forget();
    }
  });

  test("only once it is closed and carries no request, so that no other request gets it", async () => {
    const request = new NotedRequest();
    const { connection, notes, there } = await asked(upstream, "", request);
    const seen = Promise.withResolvers<unknown>();
    request.failed = () => seen.resolve([...notes.all, connection.carries(request)]);
    there.end();
    expect(await seen.promise).toEqual(["opened", "closed", false]);
  });

  test("if it is reset, even if its end would end the content", async () => {
    const request = new NotedRequest("GET", () => there.reset());
    const { notes, there } = await asked(upstream, `${HEAD}\r\nab`, request);
    await request.notes.saw("failed");
    expect([request.notes.all, notes.all]).toEqual([
      ["head 200", "failed reset midway"],
      ["opened", "closed"],
    ]);
  });

  test.each<[string, string, string[]]>([
    ["a head", "220 mail.example ESMTP\r\n\r\n", ["failed invalid_answer midway"]],
    ["content", `${HEAD}Transfer-Encoding: chunked\r\n\r\nno`, ["head 200", "failed invalid_answer midway"]],
  ])("if %s is malformed, and resets the connection", async (_, play, noted) => {
    const { notes, there, request } = await asked(upstream, play);
    await request.notes.saw("failed");
    expect([request.notes.all, notes.all]).toEqual([noted, ["opened", "closed"]]);
    expect(await there.closed).toBe("reset");
  });
});

describe("Connection.close()", () => {
  test("resets it while it carries a request, without a call to the request", async () => {
    const { connection, notes, there, request } = await asked(upstream, `${HEAD}\r\na`);
    await request.notes.saw("head");
    expect(connection.carries(request)).toBeTrue();
    connection.close();
    connection.close();
    expect(connection.carries(request)).toBeFalse();
    expect(await there.closed).toBe("reset");
    expect([request.notes.all, notes.all]).toEqual([["head 200"], ["opened", "closed"]]);
  });

  test("discards what is queued, and resolves written()", async () => {
    const { connection, there } = await opened(upstream);
    there.pause();
    connection.send("POST / HTTP/1.1\r\nContent-Length: 9000001\r\n\r\n", new NotedRequest("POST"));
    connection.write(Buffer.alloc(9_000_000));
    const written = connection.written();
    connection.close();
    await written;
    const { count } = there;
    connection.write(Buffer.from("x"));
    connection.pause();
    connection.resume();
    expect(connection.written()).toBeNull();
    there.resume();
    await there.closed;
    expect(there.count).toBeLessThan(9_000_000);
    expect(count).toBe(0);
  });
});
