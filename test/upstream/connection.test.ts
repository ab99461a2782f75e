import { describe, expect, test } from "bun:test";
import { asked, connecting, getHead, NotedRequest, opened, randomText } from "../support/carrying.ts";
import { certified } from "../support/certificates.ts";
import { OK, rawUpstream, sharedUpstream } from "../support/raw-upstream.ts";

const { cert, key } = certified("localhost");
const plain = sharedUpstream();
const secure = sharedUpstream({ tls: { cert, key } });

const HEAD = "HTTP/1.1 200 OK\r\n";

/** A connection that has become idle after a request. */
async function idleConnection() {
  const made = await asked(plain, OK);
  await made.notes.saw("idle");
  return made;
}

/** Waits for 20 requests to another upstream, so that everything that is ready to be read has been read. */
async function othersPass(): Promise<void> {
  const other = rawUpstream();
  const { connection, notes } = connecting(other.url);
  await notes.saw("opened");
  for (let times = 1; times <= 20; times += 1) {
    connection.send(getHead(), new NotedRequest());
    await notes.saw("idle", times);
  }
  connection.close();
  other.stop();
}

describe.each([
  ["TCP", plain],
  ["TLS", secure],
])("Connection over %s", (_, upstream) => {
  test("queues what the kernel does not take yet, and writes it byte for byte and in order", async () => {
    const { connection, there } = await opened(upstream, { ca: cert });
    there.pause();
    const value = randomText(5_000_000).replaceAll(/[\0\r\n]/g, "\xe9");
    const content = [randomText(4_000_000), ...Array.from({ length: 200 }, () => randomText(3))];
    const size = content.join("").length;
    const request = new NotedRequest("POST");
    const text = `POST /x HTTP/1.1\r\nX-Long: ${value}\r\nContent-Length: ${size}\r\n\r\n`;
    connection.send(text, request);
    const write = (part: string | undefined) => connection.write(Buffer.from(part ?? "", "latin1"));
    for (let times = 0; times < 3; times += 1) write(content[times]);
    let isWritten = false;
    const written = connection.written()?.then(() => void (isWritten = true));
    await othersPass();
    expect([written === undefined, isWritten]).toEqual([false, false]);
    there.resume();
    // There may be room again before the connection has noticed: what is written then must wait for what is queued.
    for (let times = 3; times < content.length; times += 1) {
      await new Promise(setImmediate);
      write(content[times]);
    }
    await written;
    await connection.written();
    expect([isWritten, connection.written()]).toEqual([true, null]);
    await request.notes.saw("end");
    const { bytes, content: received } = await upstream.requested(1);
    expect([bytes === text, (await received()) === content.join("")]).toEqual([true, true]);
    connection.close();
  });

  test.each([
    ["with a declared length", (text: string) => `Content-Length: ${text.length}\r\n\r\n`],
    ["that the end of the connection ends", () => "\r\n"],
  ])("while it is paused, reads nothing of an answer %s, and loses nothing", async (_, fields) => {
    const text = randomText(9_000_000);
    upstream.plays(async ({ connection: there }) => {
      await there.repeat(`${HEAD}${fields(text)}${text}`, 1);
      there.end();
    });
    const { connection, notes } = await opened(upstream, { ca: cert });
    const request: NotedRequest = new NotedRequest("GET", () => connection.pause());
    connection.send(getHead(), request);
    while (request.pieces.length === 0) await othersPass();
    for (let times = 1; times <= 3; times += 1) {
      expect(request.pieces).toHaveLength(times);
      expect(request.pieces.at(-1)?.byteLength).toBeLessThanOrEqual(512 * 1024);
      connection.resume();
      connection.resume();
      while (request.pieces.length === times) await othersPass();
      await othersPass();
    }
    const pulse = setInterval(() => connection.resume());
    await notes.saw("closed");
    clearInterval(pulse);
    expect(request.notes.all).toEqual(["head 200", "end"]);
    // No two pieces share memory, so each may be freed, and no later one has changed it.
    expect(new Set(request.pieces.map(({ buffer }) => buffer)).size).toBe(request.pieces.length);
    expect(request.text === text).toBeTrue();
  });
});

describe("Connection that is idle", () => {
  test.each<[string, (there: Awaited<ReturnType<typeof idleConnection>>["there"]) => void]>([
    ["its upstream sends bytes that answer no request", (there) => there.write("HTTP/1.1 408 Late\r\n\r\n")],
    ["its upstream closes it", (there) => there.end()],
    ["its upstream resets it", (there) => there.reset()],
  ])("closes when %s", async (_, act) => {
    const { connection, notes, there, request } = await idleConnection();
    act(there);
    await notes.saw("closed");
    await there.closed;
    expect([notes.all, request.notes.all]).toEqual([
      ["opened", "idle", "closed"],
      ["head 200", "end"],
    ]);
    connection.close();
    expect(notes.all).toHaveLength(3);
  });

  test("does not keep the process alive", async () => {
    const script = `import { connecting } from ${JSON.stringify(require.resolve("../support/carrying.ts"))};
      connecting(${JSON.stringify(plain.url)}).notes.saw("opened").then(() => console.log("opened"));`;
    const { stdout, exited } = Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" });
    expect([await new Response(stdout).text(), await exited]).toEqual(["opened\n", 0]);
  });

  test("carries the next request even if it was paused at the end of the last answer", async () => {
    const { connection, notes } = await opened(plain);
    const request = new NotedRequest();
    request.content = () => connection.pause();
    connection.send(getHead(), request);
    await notes.saw("idle");
    const next = new NotedRequest();
    connection.send(getHead("/next"), next);
    await next.notes.saw("end");
    expect(next.text).toBe("ok");
    connection.close();
  });
});
