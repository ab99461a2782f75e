import type { Row } from "./row.ts";

/** A goal and its measured figure. */
export interface Goal {
  readonly what: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly measured: number;
  readonly unit: string;
}

/** What one contender costs apart from requests. */
export interface Cost {
  readonly name: string;
  /** Milliseconds from start to the first answer, the median of several starts. */
  readonly firstAnswer: number;
  /** Bytes at rest, after that one answer. */
  readonly memory: number;
  /** Those of them that are not mapped from files. */
  readonly anonymous: number;
}

/** What many idle connections use. */
export interface IdleCost {
  readonly name: string;
  readonly connections: number;
  /** Bytes for each of them. */
  readonly each: number;
}

/** All figures of a run of the benchmark. */
export interface Report {
  readonly date: string;
  readonly machine: string;
  readonly rounds: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly skipped: readonly string[];
  readonly rows: readonly Row[];
  readonly costs: readonly Cost[];
  readonly idle: readonly IdleCost[];
  readonly goals: readonly Goal[];
}

/** Whether a goal was reached. */
export function reached({ atLeast = -Infinity, atMost = Infinity, measured }: Goal): boolean {
  return measured >= atLeast && measured <= atMost;
}

/** The report as Markdown, which a terminal shows as well. */
export function markdown(report: Report): string {
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  const parts = [
    `${report.machine}; ${report.date}; ${report.rounds} rounds of one second each, in turn.`,
    `${versions.join(", ")}.`,
    disturbance(report.rows),
    ...report.skipped.map((text) => `Skipped: ${text}.`),
    ...report.rows.map(rowTable),
    table(
      "First answer and memory at rest",
      ["", "first answer", "memory", "of it anonymous"],
      report.costs.map(({ name, firstAnswer, memory, anonymous }) => [
        name,
        `${firstAnswer.toFixed(0)} ms`,
        megabytes(memory),
        megabytes(anonymous),
      ]),
    ),
    table(
      "Idle connections",
      ["", "connections", "memory for each"],
      report.idle.map(({ name, connections, each }) => [name, `${connections}`, `${each.toFixed(0)} bytes`]),
    ),
    table(
      "Goals",
      ["", "goal", "measured", ""],
      report.goals.map((goal) => [
        goal.what,
        bound(goal),
        figure(goal.measured, goal.unit),
        reached(goal) ? "reached" : "**short**",
      ]),
    ),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** On a shared machine a ratio may be of what else ran at the time. */
function disturbance(rows: readonly Row[]): string {
  const share = Math.max(0, ...rows.map((row) => row.disturbance));
  const verdict = share > SOUND ? ": **the ratios are not sound**" : "";
  return `Other programs had up to ${(share * 100).toFixed(0)} % of the servers' processor${verdict}.`;
}

/** With more the ratios of two runs differ by more than what they are to show. */
const SOUND = 0.05;

function rowTable({ title, unit, base, results }: Row): string {
  const added = results.some((result) => result.added !== null);
  const header = [
    ...["", unit, "half of the rounds", `to ${base}`, "to the best peer"],
    ...(added ? ["added time"] : []),
    ...["processor", "p50", "p99"],
  ];
  const rows = results.map((result) => [
    result.name,
    thousands(result.median),
    result.quartiles.map(thousands).join(" to "),
    result.toBase.toFixed(2),
    result.toBestPeer?.toFixed(2) ?? "",
    ...(added ? [`${result.added?.toFixed(0) ?? ""} us`] : []),
    `${result.processor.toFixed(1)} us`,
    milliseconds(result.p50),
    milliseconds(result.p99),
  ]);
  return table(title, header, rows);
}

function table(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const widths = header.map((head, column) =>
    Math.max(3, head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [
    `### ${title}`,
    "",
    line(header),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
  ].join("\n");
}

function bound({ atLeast, atMost, unit }: Goal): string {
  return atLeast === undefined
    ? `at most ${figure(atMost ?? NaN, unit)}`
    : `at least ${figure(atLeast, unit)}`;
}

function figure(value: number, unit: string): string {
  return unit === "" ? value.toFixed(2) : `${value.toFixed(0)} ${unit}`;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function milliseconds(value: number): string {
  return Number.isNaN(value) ? "" : `${value.toFixed(2)} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
