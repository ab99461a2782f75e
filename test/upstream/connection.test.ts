import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { asked, connecting, getHead, NotedRequest, opened, randomText } from "../support/carrying.ts";
import { certified } from "../support/certificates.ts";
import { OK, rawUpstream, type RawUpstream } from "../support/raw-upstream.ts";

const { cert, key } = certified("localhost");
let plain: RawUpstream;
let secure: RawUpstream;

beforeAll(() => {
  plain = rawUpstream();
  secure = rawUpstream({ tls: { cert, key } });
});
afterEach(() => {
  plain.forget();
  secure.forget();
});
afterAll(() => {
  plain.stop();
  secure.stop();
});

const HEAD = "HTTP/1.1 200 OK\r\n";

/** A connection that has carried a request. */
async function freed() {
  const made = await asked(plain, OK);
  await made.notes.saw("free");
  return made;
}

/** Lets so much happen that whatever is ready to be read has been: other requests come and go. */
async function othersPass(): Promise<void> {
  const other = rawUpstream();
  const { connection, notes } = connecting(other.url);
  await notes.saw("opened");
  for (let times = 1; times <= 20; times += 1) {
    connection.send(getHead(), new NotedRequest());
    await notes.saw("free", times);
  }
  connection.close();
  other.stop();
}

describe.each([
  ["TCP", () => plain],
  ["TLS", () => secure],
])("Connection over %s", (_, of) => {
  test("writes what its upstream does not take yet, byte for byte and in order", async () => {
    const { connection, there } = await opened(of(), { ca: cert });
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
    // There may be room again before the connection has noticed: what is written then must wait for what waits.
    for (let times = 3; times < content.length; times += 1) {
      await new Promise(setImmediate);
      write(content[times]);
    }
    await written;
    await connection.written();
    expect([isWritten, connection.written()]).toEqual([true, null]);
    await request.notes.saw("end");
    const { bytes, content: received } = await of().requested(1);
    expect([bytes === text, (await received()) === content.join("")]).toEqual([true, true]);
    connection.close();
  });

  test.each([
    ["with a declared length", (text: string) => `Content-Length: ${text.length}\r\n\r\n`],
    ["that the end of the connection ends", () => "\r\n"],
  ])("while it rests, reads nothing of an answer %s, and loses nothing", async (_, fields) => {
    const text = randomText(9_000_000);
    of().plays(async ({ connection: there }) => {
      await there.repeat(`${HEAD}${fields(text)}${text}`, 1);
      there.end();
    });
    const { connection, notes } = await opened(of(), { ca: cert });
    const request: NotedRequest = new NotedRequest("GET", () => connection.rest());
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
    // Each piece has memory of its own, which may be freed: no later one has changed it.
    expect(new Set(request.pieces.map(({ buffer }) => buffer)).size).toBe(request.pieces.length);
    expect(request.text === text).toBeTrue();
  });
});

describe("Connection that is free", () => {
  test.each<[string, (there: Awaited<ReturnType<typeof freed>>["there"]) => void]>([
    ["its upstream sends what nobody asked for", (there) => there.write("HTTP/1.1 408 Late\r\n\r\n")],
    ["its upstream closes it", (there) => there.end()],
    ["its upstream resets it", (there) => there.reset()],
  ])("closes when %s", async (_, act) => {
    const { connection, notes, there, request } = await freed();
    act(there);
    await notes.saw("closed");
    await there.closed;
    expect([notes.all, request.notes.all]).toEqual([
      ["opened", "free", "closed"],
      ["head 200", "end"],
    ]);
    connection.close();
    expect(notes.all).toHaveLength(3);
  });

  test("keeps no process alive", async () => {
    const script = `import { connecting } from ${JSON.stringify(require.resolve("../support/carrying.ts"))};
      connecting(${JSON.stringify(plain.url)}).notes.saw("opened").then(() => console.log("opened"));`;
    const { stdout, exited } = Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" });
    expect([await new Response(stdout).text(), await exited]).toEqual(["opened\n", 0]);
  });

  test("carries the next request after one that rested at its end", async () => {
    const { connection, notes } = await opened(plain);
    const request = new NotedRequest();
    request.content = () => connection.rest();
    connection.send(getHead(), request);
    await notes.saw("free");
    const next = new NotedRequest();
    connection.send(getHead("/next"), next);
    await next.notes.saw("end");
    expect(next.text).toBe("ok");
    connection.close();
  });
});
