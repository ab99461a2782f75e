import type { Clock } from "../../http/clock.ts";
import type { RefusalCode } from "../../http/refusal.ts";
import { levelTest, type Level, type Logger, type LoggerLevel } from "./levels.ts";
import { lastKept, rfc3339, seedTime } from "./timestamp.ts";
import { fields, keptExchangeHead, message } from "./message.ts";
import type { Observation } from "../observation.ts";

/** Options for `logLine`. */
export interface LogOptions {
  readonly levels: readonly LoggerLevel[];
  /** `text` is one line of text, `json` one object with a field for each fact. */
  readonly format: "text" | "json";
}

/** Formats an observation as a line, with its line feed. */
type Line = (observation: Observation) => string;

/** Formats an observation as one log line, or null if its level is below the minimum of its logger. */
export function logLine(
  options: LogOptions,
  clock: Pick<Clock, "now">,
): (observation: Observation) => string | null {
  const isWritten = levelTest(options.levels);
  const inFormat = options.format === "json" ? jsonLine : textLine;
  const line = (logger: Logger, level: Level) =>
    isWritten(logger, level) ? inFormat(logger, level, clock) : null;
  const lines: Record<LineKind, Line | null> = {
    started: line("server_logger", "INFO"),
    received: line("server_logger", "DEBUG"),
    answered: line("server_logger.access", "INFO"),
    broken: line("server_logger.access", "WARNING"),
    probed: line("server_logger.access", "DEBUG"),
    refused: line("server_logger.access", "WARNING"),
    denied: line("server_logger.auth", "WARNING"),
    failed: line("server_logger.access", "ERROR"),
    file_missing: line("server_logger", "WARNING"),
    uncaught: line("server_logger", "ERROR"),
    reloaded: line("server_logger", "INFO"),
    restart_needed: line("server_logger", "WARNING"),
    warning: line("server_logger", "WARNING"),
    certificate: line("server_logger", "INFO"),
    problem: line("server_logger", "ERROR"),
    store_away: line("server_logger", "ERROR"),
    store_back: line("server_logger", "INFO"),
    token_expires: line("server_logger", "WARNING"),
    tokens_expire: line("server_logger", "WARNING"),
    reload_failed: line("server_logger", "ERROR"),
    draining: line("server_logger", "INFO"),
    stopping: line("server_logger", "INFO"),
    stopped: line("server_logger", "INFO"),
    cut: line("server_logger", "ERROR"),
    ended: line("server_logger", "WARNING"),
    descriptors_short: line("server_logger", "WARNING"),
    descriptors_enough: line("server_logger", "INFO"),
    lines_dropped: line("server_logger", "WARNING"),
  };
  return (observation) => lines[lineKindOf(observation)]?.(observation) ?? null;
}

/** A kind of observation, or a case of one that has a logger or level of its own. */
type LineKind = Exclude<Observation["kind"], "refusals_counted"> | "probed" | "broken" | "denied" | "cut";

function lineKindOf(observation: Observation): LineKind {
  switch (observation.kind) {
    case "answered":
      if (observation.exchange.upstream?.cause) return "broken";
      return observation.exchange.isProbe ? "probed" : "answered";
    case "refused":
    case "refusals_counted":
      return DENIALS.has(observation.refusal.code) ? "denied" : "refused";
    case "stopped":
      return observation.cut > 0 ? "cut" : "stopped";
    default:
      return observation.kind;
  }
}

/** The refusals of token auth, which have a logger of their own. */
export const DENIALS: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  "header_malformed",
  "parameter_malformed",
  "credentials_missing",
  "credentials_unusable",
  "token_invalid",
  "header_invalid",
  "scheme_unknown",
  "token_unknown",
  "scope_missing",
]);

/** `[2026-11-23 PM 01:02:03.456] p1234 {server_logger.access}: INFO: GET /ping 200 53 us` */
function textLine(logger: Logger, level: Level, clock: Pick<Clock, "now">): Line {
  const time = seedTime();
  const middle = ["] p", process.pid, " {", logger, "}: ", level, ": "].join("");
  const start = lastKept((now) => ["[", time(now), middle].join(""));
  const head = keptExchangeHead();
  return (observation) => `${start(clock.now())}${message(observation, head)}\n`;
}

/** An object with a field for each fact of an exchange; other observations are a message. */
function jsonLine(logger: Logger, level: Level, clock: Pick<Clock, "now">): Line {
  const time = rfc3339();
  const { pid } = process;
  return (observation) =>
    `${JSON.stringify({ time: time(clock.now()), pid, logger, level, ...fields(observation) })}\n`;
}
