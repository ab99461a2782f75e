import { expect, test } from "bun:test";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processMetrics } from "../../../src/observations/metrics/process-metrics.ts";
import { needing } from "../../support/needing.ts";
import { SCRATCH } from "../../support/tidy.ts";

/** The values by name. */
function facts(folder?: string): Record<string, number | undefined> {
  return Object.fromEntries(processMetrics(folder).map(({ name, samples }) => [name, samples[0]?.value]));
}

function emptyFolder(): string {
  mkdirSync(SCRATCH, { recursive: true });
  return mkdtempSync(join(SCRATCH, "proc-"));
}

const EVERYWHERE = [
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "process_start_time_seconds",
];
const linux = needing({ "/proc": existsSync("/proc/self/fd") });

test("processMetrics() reports seconds and bytes", () => {
  const reported = facts();
  const { user, system } = process.cpuUsage();
  expect(reported["process_cpu_seconds_total"]).toBeGreaterThan(0);
  expect(reported["process_cpu_seconds_total"]).toBeLessThanOrEqual((user + system) / 1e6);
  expect(reported["process_resident_memory_bytes"]).toBeGreaterThan(2 ** 20);
  const sinceStart = Date.now() / 1000 - (reported["process_start_time_seconds"] ?? 0);
  expect(Math.abs(sinceStart - process.uptime())).toBeLessThan(1);
});

linux("processMetrics() counts a file that was opened", () => {
  const before = facts()["process_open_fds"] ?? NaN;
  const file = openSync("/dev/null", "r");
  const after = facts()["process_open_fds"];
  closeSync(file);
  expect(after).toBe(before + 1);
  expect(facts()["process_open_fds"]).toBe(before);
});

linux("processMetrics() counts the same if the size of the folder does not report them", () => {
  const folder = emptyFolder();
  // A folder of the system with an entry for each file descriptor and, on every version, the size 0.
  symlinkSync("/proc/self/fdinfo", join(folder, "fd"));
  expect(facts(folder)["process_open_fds"]).toBe(facts()["process_open_fds"]);
});

linux("processMetrics() reports the limit that is enforced", () => {
  const { stdout } = Bun.spawnSync(["sh", "-c", "ulimit -Sn"]);
  expect(facts()["process_max_fds"]).toBe(Number(stdout.toString()));
});

test("processMetrics() reports the soft limit, not the hard one", () => {
  const folder = emptyFolder();
  writeFileSync(
    join(folder, "limits"),
    "Limit         Soft Limit Hard Limit Units\nMax open files 1024       4096       files\n",
  );
  expect(facts(folder)["process_max_fds"]).toBe(1024);
});

test("processMetrics() omits what the system does not report", () => {
  const folder = emptyFolder();
  expect(Object.keys(facts(folder))).toEqual(EVERYWHERE);
  writeFileSync(join(folder, "limits"), "Max open files unlimited unlimited files\n");
  expect(Object.keys(facts(folder))).toEqual(EVERYWHERE);
  writeFileSync(join(folder, "fd"), "");
  expect(Object.keys(facts(folder))).toEqual(EVERYWHERE);
});
