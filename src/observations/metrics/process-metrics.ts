import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Metric, Sample } from "./exposition.ts";

/**
 * What Prometheus asks of every process, under the names that all its clients use. What the system does not tell
 * is left out. `folder` is where Linux tells of this process.
 */
export function processFacts(folder = PROCESS): readonly Metric[] {
  const { user, system } = process.cpuUsage();
  const facts: readonly Metric[] = [
    {
      name: "process_cpu_seconds_total",
      type: "counter",
      help: "CPU time spent, by the program and by the system for it.",
      samples: [{ value: (user + system) / 1e6 }],
    },
    {
      name: "process_resident_memory_bytes",
      type: "gauge",
      help: "Memory that is held in RAM.",
      samples: [{ value: process.memoryUsage.rss() }],
    },
    {
      name: "process_open_fds",
      type: "gauge",
      help: "File descriptors that are open; each connection is one.",
      samples: told(() => openDescriptors(folder)),
    },
    {
      name: "process_max_fds",
      type: "gauge",
      help: "File descriptors that may be open at once.",
      samples: told(() => maxDescriptors(folder)),
    },
    {
      name: "process_start_time_seconds",
      type: "gauge",
      help: "When the process started, in seconds since 1970.",
      samples: [{ value: performance.timeOrigin / 1000 }],
    },
  ];
  return facts.filter(({ samples }) => samples.length > 0);
}

/** A sample of what is found, none where nothing is or reading fails. */
function told(find: () => number): readonly Sample[] {
  try {
    const value = find();
    return Number.isFinite(value) ? [{ value }] : [];
  } catch {
    return [];
  }
}

/**
 * Open file descriptors, from where Linux reports on a process. Linux 6.2 and later report the number as the size of
 * the folder. Before that it has to be listed, which costs 12 ms with 10,000 connections, and the listing itself is one
 * more.
 */
export function openDescriptors(folder = PROCESS): number {
  return statSync(join(folder, "fd")).size || readdirSync(join(folder, "fd")).length - 1;
}

/** How many may be open: the soft limit, which is the one that is enforced; NaN where there is none. */
export function maxDescriptors(folder = PROCESS): number {
  return Number(/^Max open files +(\d+)/m.exec(readFileSync(join(folder, "limits"), "utf8"))?.[1]);
}

const PROCESS = "/proc/self";
