/**
 * Measures what one client with a token notices while others pipeline: the milliseconds to its answers on a kept
 * connection, beside 1, 4 and 64 connections that repeat one request without waiting. For a server that runs:
 *
 *     bun test/flood/pipelining.ts PORT TOKEN [PATH ...]
 *
 * A row for requests without and with a wrong token, with the good one, and for each PATH of an open route.
 */
const [port = "8000", token = "", ...paths] = process.argv.slice(2);
const SECONDS = 4;

const headOf = (path: string, header = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${header}\r\n`;
const rows: [string, string][] = [
  ["no token", headOf("/ping")],
  ["a wrong token", headOf("/ping", "Authorization: Token wrong\r\n")],
  ...paths.map((path): [string, string] => [path, headOf(path)]),
  ["the good token", headOf("/ping", `Authorization: Token ${token}\r\n`)],
];

console.log("flood of          connections  answers      p50      p99      max");
for (const [name, head] of rows) {
  for (const connections of [1, 4, 64]) {
    const flood = Bun.spawn(
      [process.execPath, `${import.meta.dir}/pipeliner.ts`, port, String(connections), JSON.stringify(head)],
      { stdout: "pipe", stderr: "inherit" },
    );
    await flood.stdout.getReader().read();
    const times = (await answerTimes()).toSorted((one, other) => one - other);
    flood.kill("SIGKILL");
    await flood.exited;
    const at = (share: number) =>
      (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN).toFixed(1).padStart(9);
    console.log(
      `${name.padEnd(18)}${String(connections).padStart(11)}${String(times.length).padStart(9)}${at(0.5)}${at(0.99)}${at(1)}`,
    );
  }
}

/** Asks again 4 ms after each answer; gives the milliseconds that each one took. */
async function answerTimes(): Promise<number[]> {
  const request = headOf("/ping", `Authorization: Token ${token}\r\n`);
  const times: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = performance.now() + SECONDS * 1000;
  let sent = 0;
  const ask = (socket: Bun.Socket) => {
    sent = performance.now();
    socket.write(request);
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(port),
    socket: {
      open: ask,
      data(open) {
        times.push(performance.now() - sent);
        if (performance.now() < end) setTimeout(ask, 4, open);
        else resolve();
      },
      close: () => resolve(),
    },
  });
  await Promise.race([promise, Bun.sleep(2 * SECONDS * 1000)]);
  socket.terminate();
  return times;
}
