import { beforeEach, describe, expect, test } from "bun:test";
import { requestBytes, sharedGate } from "../support/gate.ts";
import { memoryOf } from "../support/process-memory.ts";
import { answer } from "../support/raw-message.ts";
import { answerBytes, sharedUpstream } from "../support/raw-upstream.ts";

// What passes through stays out of memory. All cases in one process, because the system knows the peak of its whole life.

const upstream = sharedUpstream();
const gate = sharedGate([{ path: "/*", proxy: upstream.url, max_size: 2 ** 40 }]);
// Each test writes the answer itself.
beforeEach(() => upstream.plays(() => {}));

const CHUNKED = "Transfer-Encoding: chunked";
/** By hand it is 1024: `GATE_MEGABYTES=1024 bun test test/gate/volume.test.ts`. */
const MEGABYTES = Number(process.env["GATE_MEGABYTES"] ?? 256);
const MEGABYTE = 1 << 20;
const peak = () => memoryOf(gate.pid, "peak");

describe(`${MEGABYTES} MB each way pass under 100 MB of memory`, () => {
  const bytes = MEGABYTES * MEGABYTE;
  const size = MEGABYTE.toString(16);
  test.each([
    ["down, in chunks", [CHUNKED], `${size}\r\n`, "\r\n", "0\r\n\r\n"],
    ["down, with a length", [`Content-Length: ${bytes}`], "", "", ""],
  ])(
    "%s",
    async (_, lines, before, after, end) => {
      const client = await gate.client();
      client.drop();
      client.write(requestBytes("/x"));
      const { connection } = await upstream.requested(1);
      connection.write(answerBytes(200, lines));
      expect(await connection.repeat(before + "x".repeat(MEGABYTE) + after, MEGABYTES)).toBeTrue();
      connection.write(end);
      await client.sees("\r\n0\r\n\r\n", 50_000);
      client.reset();
      await gate.logged({ status: 200, bytes });
      if (process.env["PEAK"]) console.log("PEAK", peak());
      expect(peak()).toBeLessThan(100);
    },
    60_000,
  );

  test.each([
    ["up, in chunks", [CHUNKED], `${size}\r\n`, "\r\n", "0\r\n\r\n"],
    ["up, with a length", [`Content-Length: ${bytes}`], "", "", ""],
  ])(
    "%s",
    async (_, lines, before, after, end) => {
      const client = await gate.client();
      client.write(requestBytes("/x", lines, { method: "POST" }));
      const { connection, bytes: head } = await upstream.requested(1);
      connection.drop();
      expect(await client.repeat(before + "x".repeat(MEGABYTE) + after, MEGABYTES)).toBeTrue();
      client.write(end);
      if (end === "") await connection.counts(head.length + bytes, 50_000);
      else await connection.sees(end, 50_000);
      connection.write(answerBytes(200, ["Content-Length: 2"], "ok"));
      expect((await answer(client)).content).toBe("ok");
      client.reset();
      // It would read no next request.
      connection.end();
      await gate.logged({ status: 200, bytes_in: bytes });
      if (process.env["PEAK"]) console.log("PEAK", peak());
      expect(peak()).toBeLessThan(100);
    },
    60_000,
  );
});
