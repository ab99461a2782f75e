import { expect, test } from "bun:test";
import { configWith, start } from "../support/program.ts";

const REFUSALS = 500;

/** Sends a request without a token, one after the other on one connection. */
async function refusedAgainAndAgain(port: number): Promise<void> {
  const request = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let answers = 0;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (open) => void open.write(request),
      data(open, bytes) {
        if (!bytes.toString().startsWith("HTTP/1.1 401 ")) reject(new Error(bytes.toString()));
        else if ((answers += 1) === REFUSALS) resolve();
        else open.write(request);
      },
      close: () => reject(new Error("closed")),
    },
  });
  await promise;
  socket.terminate();
}

test.each(["text", "json"])("the executable counts refusals above the rate in its %s log", async (format) => {
  const server = await start(configWith({}, { level: [], format, refusals_per_second: 10 }));
  await refusedAgainAndAgain(server.port);
  const { out } = await server.stop();
  const lines = out.split("\n").filter((line) => line.includes("Missing authorization header"));
  const counted = lines.filter((line) => / more refusals?: |"count":/.test(line));
  const own = lines.length - counted.length;
  expect(own).toBeGreaterThanOrEqual(10);
  // Ten of each second that it took, which a busy machine draws out.
  expect(own).toBeLessThan(REFUSALS / 2);
  const sum = counted.reduce(
    (total, line) =>
      total + Number(/(\d+) more refusals?: |"count":(\d+)/.exec(line)?.slice(1).find(Boolean)),
    0,
  );
  expect(sum).toBe(REFUSALS - own);
  if (format === "json") {
    const { refusal, clients } = JSON.parse(String(counted[0]));
    expect(refusal).toBe("credentials_missing");
    expect(clients).toEqual([{ client: "127.0.0.1", count: expect.any(Number) }]);
  }
});
