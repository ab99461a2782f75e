import { readFileSync } from "node:fs";

/** Megabytes of memory, 1,048,576 bytes each, that a process has now, or has had at most. */
export function memoryOf(pid: number, which: "now" | "peak" = "now"): number {
  const field = which === "now" ? "VmRSS" : "VmHWM";
  const found = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1]) / 1024;
}
